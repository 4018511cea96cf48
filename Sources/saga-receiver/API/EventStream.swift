import Hummingbird
import SagaCore
import SagaEngine
import ServiceLifecycle

/// A saga's journal as server-sent events: one event an entry, from where the client left off, until it hangs up or
/// the receiver stops.
struct EventStream: Sendable {
    let sagas: Sagas
    let saga: String
    /// Comes first, for a client that knows nothing yet.
    let snapshot: SagaView?
    /// The last entry the client has.
    let last: Int64?

    /// How long it is silent at most, so that proxies keep the connection and a lost client is noticed.
    private static let keepAlive: Duration = .seconds(15)
    private static let page = 200

    var response: Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await run(&writer)
                try await writer.finish(nil)
            })
    }

    // Where Hummingbird's writer is at home: not on the caller's actor.
    @concurrent private func run(_ writer: inout any ResponseBodyWriter) async throws {
        // Subscribed before the first read, so that no entry falls between the two.
        let (wakes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let changes = sagas.ledger.changes()
        var last = last ?? 0
        if let snapshot {
            last = snapshot.journal.last?.id ?? 0
            try await writer.write(Self.event("snapshot", id: last, data: snapshot.json))
        }
        let ringing = Task { for await _ in changes { continuation.yield() } }
        let ticking = Task {
            while (try? await Task.sleep(for: Self.keepAlive)) != nil { continuation.yield() }
        }
        defer {
            ringing.cancel()
            ticking.cancel()
        }
        continuation.yield()
        var written = ContinuousClock.now
        for await _ in wakes.cancelOnGracefulShutdown() {
            let text = try await news(&last)
            let isDue = ContinuousClock.now - written > Self.keepAlive - .seconds(1)
            guard !text.isEmpty || isDue else { continue }
            try await writer.write(ByteBuffer(string: text.isEmpty ? ": keep-alive\n\n" : text))
            written = .now
        }
    }

    /// Everything after `last`, as events.
    private func news(_ last: inout Int64) async throws -> String {
        var text = ""
        while true {
            let entries = try await sagas.journal(of: saga, after: last, limit: Self.page)
            for entry in entries {
                text += Self.text(nil, id: entry.id, data: entry.json)
                last = entry.id
            }
            guard entries.count == Self.page else { return text }
        }
    }

    private static func event(_ name: String, id: Int64, data: JSONValue) -> ByteBuffer {
        ByteBuffer(string: text(name, id: id, data: data))
    }

    /// JSON is one line, so it needs no splitting.
    private static func text(_ name: String?, id: Int64, data: JSONValue) -> String {
        (name.map { "event: \($0)\n" } ?? "") + "id: \(id)\ndata: \(data.json)\n\n"
    }
}
