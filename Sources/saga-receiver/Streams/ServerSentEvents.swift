import Hummingbird
import SagaCore
import ServiceLifecycle

/// What is sent when a stream of server-sent events looks, at once, after each change of a store, and from time to time.
protocol EventSource: Sendable {
    /// Between two looks at least.
    static var spacing: Duration { get }

    /// - Returns: what there is to say; nil for nothing.
    mutating func news() async throws -> String?
}

extension EventSource {
    /// An answer without an end, until the client hangs up or the receiver stops.
    func response(changes: AsyncStream<Void>) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { [self] writer in
                var source = self
                try await StreamLoop.run(&source, changes: changes, &writer)
                try await writer.finish(nil)
            })
    }
}

private enum StreamLoop {
    /// How long a stream is silent at most, so that proxies keep the connection and a lost client is noticed.
    private static let keepAlive: Duration = .seconds(15)

    // Where Hummingbird's writer is at home: not on the caller's actor.
    @concurrent static func run<Source: EventSource>(
        _ source: inout Source, changes: AsyncStream<Void>, _ writer: inout any ResponseBodyWriter
    ) async throws {
        let (wakes, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let ringing = Task {
            for await _ in changes {
                bell.yield()
                guard (try? await Task.sleep(for: Source.spacing)) != nil else { return }
            }
        }
        let ticking = Task {
            while (try? await Task.sleep(for: keepAlive)) != nil { bell.yield() }
        }
        defer {
            ringing.cancel()
            ticking.cancel()
        }
        // At once, for what has changed before.
        bell.yield()
        var written = ContinuousClock.now
        for await _ in wakes.cancelOnGracefulShutdown() {
            let news = try await source.news()
            let isDue = ContinuousClock.now - written > keepAlive - .seconds(1)
            guard news != nil || isDue else { continue }
            try await writer.write(ByteBuffer(string: news ?? ": keep-alive\n\n"))
            written = .now
        }
    }
}

/// One event as it goes over the wire (HTML Living Standard, 9.2).
enum ServerSentEvent {
    /// - Parameter data: JSON is one line, so it needs no splitting.
    static func text(_ name: String? = nil, id: Int64? = nil, data: JSONValue) -> String {
        (name.map { "event: \($0)\n" } ?? "") + (id.map { "id: \($0)\n" } ?? "") + "data: \(data.json)\n\n"
    }
}
