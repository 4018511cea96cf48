import HTTPTransport
import SagaClient
import SagaCore
import Synchronization
import TestSupport
import Testing

@Suite("A receiver's desk")
struct RemoteSagasTests {
    @Test(
        "an answer that is no success is a failure with its own exit code",
        arguments: [
            (401, #"{"title":"Unauthorized"}"#, ProgramExit.unreachable),
            (403, #"{"detail":"the scope 'operate' is needed"}"#, .unreachable),
            (403, #"{"type":"/problems/not-an-approver","detail":"'ada' is not on the list"}"#, .failed),
            (404, #"{"detail":"there is no saga 'x'"}"#, .failed),
            (404, "<html>nothing here</html>", .unreachable),
            (409, #"{"detail":"not while it runs"}"#, .failed),
            (400, #"{"detail":"bad","errors":[]}"#, .misuse),
            (422, #"{"detail":"other content"}"#, .misuse),
            (302, "", .unreachable),
            (500, "", .unreachable),
            (200, "<html>welcome</html>", .unreachable),
        ])
    func failures(status: Int, body: String, expected: ProgramExit) async throws {
        let failure = try await asking({ _ in .json(body, status: status) }) { desk, _ async throws in
            await #expect(throws: DeskFailure.self) { try await desk.saga("x") }
        }
        #expect(failure?.exitStatus == expected)
        #expect(failure?.message.contains("t0ken") == false)
    }

    @Test("a start with a key is repeated while the receiver is busy, one without a key is not")
    func repeats() async throws {
        let count = Atomic<Int>(0)
        let busyOnce: LoopbackServer.Handler = { _ in
            count.add(1, ordering: .relaxed).oldValue % 2 == 0
                ? .json("{}", status: 502) : .json(#"{"id":"s"}"#, status: 201)
        }
        try await asking(busyOnce, patience: .seconds(30)) { desk, server async throws in
            let started = try await desk.start(StartOrder(definition: "d", idempotencyKey: "k"))
            #expect(started.saga["id"] == "s")
            #expect(!started.isReplay)
            #expect(server.requests.count == 2)
            await #expect(throws: DeskFailure.self) { try await desk.start(StartOrder(definition: "d")) }
            #expect(server.requests.count == 3)
        }
    }

    @Test("operations go to the saga, or to its step, with the reason")
    func operations() async throws {
        try await asking({ _ in .json("{}") }) { desk, server async throws in
            _ = try await desk.operate(.retry(force: true), on: "s", reason: "why")
            _ = try await desk.operate(.complete(step: "gate", output: ["a": 1]), on: "s/1", reason: nil)
            #expect(
                server.requests.map(\.path) == ["/api/v1/sagas/s/retry", "/api/v1/sagas/s%2F1/steps/gate/complete"])
            #expect(server.requests.map(\.text) == [#"{"force":true,"reason":"why"}"#, #"{"output":{"a":1}}"#])
            #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer t0ken" })
        }
    }

    @Test("a saga is asked for by its key, and given another one")
    func keys() async throws {
        let answer: LoopbackServer.Handler = { request in
            request.query.contains("idempotency_key=a%2Fb%231")
                ? .json(#"{"sagas":[{"id":"b"}],"next_cursor":null}"#) : .json(#"{"sagas":[],"next_cursor":null}"#)
        }
        try await asking(answer) { desk, server async throws in
            let found = try await desk.saga(withIdempotencyKey: "a/b#1")
            #expect(found?["id"] == "b")
            let none = try await desk.saga(withIdempotencyKey: "other")
            #expect(none == nil)
            try await desk.addKey("k", to: "s/1")
            #expect(server.requests.last?.path == "/api/v1/sagas/s%2F1/keys")
            #expect(server.requests.last?.text == #"{"idempotency_key":"k"}"#)
        }
    }

    @Test("a journal is read to its end, each entry once")
    func journal() async throws {
        let pages: LoopbackServer.Handler = { request in
            request.query.contains("cursor=2")
                ? .json(#"{"entries":[{"id":2},{"id":3}],"next_cursor":null}"#)
                : request.query.contains("cursor=3")
                    ? .json(#"{"entries":[],"next_cursor":null}"#)
                    : .json(#"{"entries":[{"id":1},{"id":2}],"next_cursor":"2"}"#)
        }
        try await asking(pages) { desk, _ async throws in
            #expect(try await desk.wholeJournal(of: "s").compactMap { $0["id"]?.intValue } == [1, 2, 3])
        }
    }

    private func asking<Answer>(
        _ handler: @escaping LoopbackServer.Handler,
        patience: Duration = .milliseconds(400), _ body: (RemoteSagas, LoopbackServer) async throws -> Answer
    ) async throws -> Answer {
        try await withLoopbackServer(handler) { server in
            let http = CurlClient(userAgent: "test")
            defer { http.close() }
            return try await body(
                RemoteSagas(server: server.url + "/", token: "t0ken", http: http, patience: patience), server)
        }
    }
}
