import FoundationEssentials
import SagaCore
import Synchronization
import TestSupport
import Testing

/// Two receivers on one store: whichever has a call under way is killed, and the other one makes it again.
@Suite(.timeLimit(.minutes(3))) struct TakeoverStoryTests {
    private struct Call: Sendable {
        var executor: String
        var key: String
    }

    private static let one = "receiver-one"
    private static let two = "receiver-two"

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    @Test func aKilledExecutorsWorkIsTakenOverWithinFifteenSeconds() async throws {
        let calls = Mutex<[Call]>([])
        try await withLoopbackServer({ request in
            let call = Call(
                executor: request.headers["x-executor"] ?? "", key: request.headers["idempotency-key"] ?? "")
            let isFirst = calls.withLock { calls in
                calls.append(call)
                return calls.count == 1
            }
            if isFirst { return try await LoopbackServer.never() }
            return .json("{}")
        }) { world in
            let definition = Definitions.saga(
                "s", [:],
                Definitions.api(
                    "call", ["url": .string(world.url), "headers": ["X-Executor": "{{ secrets.EXECUTOR }}"]]))
            try await Programs.withFolder { folder in
                try await Receiver.with(store: folder, ["SAGA_SECRET_EXECUTOR": Self.one]) { one in
                    try await Receiver.with(store: folder, ["SAGA_SECRET_EXECUTOR": Self.two]) { two in
                        let id = try await one.start(definition)
                        let isCalled = await Pause.until(.seconds(60)) { calls.withLock { !$0.isEmpty } }
                        try #require(isCalled)
                        let isOne = calls.withLock { $0[0].executor == Self.one }
                        let killed = Self.now
                        try (isOne ? one : two).kill()
                        let survivor = isOne ? two : one
                        let saga = try await survivor.waitForEnd(of: id)
                        #expect(saga["status"] == "completed")
                        let seen = calls.withLock { $0 }
                        #expect(seen.map(\.executor) == (isOne ? [Self.one, Self.two] : [Self.two, Self.one]))
                        #expect(Set(seen.map(\.key)) == ["\(id)/call/1"], "the callee can tell the repetition")
                        let journal = try await survivor.send("GET", "/api/v1/sagas/\(id)/journal").json
                        let takeover = journal["entries"]?.arrayValue?.first { $0["kind"] == "attempt_taken_over" }
                        let at = try #require(takeover?["at"]?.stringValue.flatMap { Moment(rfc3339: $0) })
                        #expect((0...15_000).contains(at.milliseconds - killed), "\(at.milliseconds - killed) ms")
                    }
                }
            }
        }
    }
}
