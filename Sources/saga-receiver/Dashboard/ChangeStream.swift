import Hummingbird
import SagaCore
import ServiceLifecycle

/// Tells pages that something in the store has changed, as server-sent events without content, so that they read
/// themselves anew.
struct ChangeStream: Sendable {
    let ledger: any Ledger

    /// Between two events at least; a page shows the newest state anyway.
    private static let spacing: Duration = .seconds(1)
    /// And at most, so that proxies keep the connection and a lost client is noticed.
    private static let longest: Duration = .seconds(15)

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
        let (events, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let changes = ledger.changes()
        let ringing = Task {
            for await _ in changes {
                continuation.yield()
                guard (try? await Task.sleep(for: Self.spacing)) != nil else { return }
            }
        }
        let ticking = Task {
            while (try? await Task.sleep(for: Self.longest)) != nil { continuation.yield() }
        }
        defer {
            ringing.cancel()
            ticking.cancel()
        }
        // At once, for what has changed since the page was made.
        continuation.yield()
        for await _ in events.cancelOnGracefulShutdown() {
            try await writer.write(ByteBuffer(string: "data: changed\n\n"))
        }
    }
}
