import SagaCore
import TestSupport
import Testing
import WoodpeckerClient

struct PipelineEventsTests {
    private static func event(_ number: Int, _ status: String) -> String {
        """
        data: {"repo":{"id":3,"full_name":"acme/shop"},"pipeline":{"number":\(number),"status":"\(status)"}}\n\n
        """
    }

    @Test("Events come as they are sent; pings and what is unreadable are passed over")
    func events() async throws {
        let (source, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        feed.yield(Array(": ping\n\n".utf8))
        try await withWoodpecker({ _ in .events(source) }) { client, server in
            var events = try await client.events().makeAsyncIterator()
            feed.yield(Array((Self.event(4, "running") + "data: nonsense\n\n" + Self.event(4, "success")).utf8))
            let first = try #require(try await events.next())
            #expect(first.repo.fullName == "acme/shop")
            #expect(first.pipeline.knownStatus == .running)
            #expect(try await events.next()?.pipeline.knownStatus == .success)
            feed.yield(Array(Self.event(5, "created").utf8))
            #expect(try await events.next()?.pipeline.number == 5)
            feed.finish()
            #expect(try await events.next() == nil)
            #expect(server.requests.map(\.path) == ["/api/stream/events"])
            #expect(server.requests.first?.headers["accept"] == "text/event-stream")
            #expect(server.requests.first?.headers["authorization"] == "Bearer t0ken")
        }
    }

    @Test("A refused subscription says why")
    func refused() async throws {
        try await withWoodpecker({ _ in LoopbackServer.Response(401) }) { client, _ in
            let error = await problem { () throws(WoodpeckerError) in try await client.events() }
            #expect(error?.kind == .unauthorized)
        }
    }
}
