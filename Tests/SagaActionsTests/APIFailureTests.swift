import HTTPTransport
import SagaActions
import SagaCore
import TestSupport
import Testing

@Suite struct APIFailureTests {
    @Test(arguments: [
        (400, Failure.Class.permanent), (401, .permanent), (404, .permanent), (409, .permanent), (422, .permanent),
        (301, .permanent), (408, .retryable), (425, .retryable), (429, .retryable), (500, .retryable),
        (502, .retryable), (503, .retryable), (504, .retryable),
    ])
    func `a status that was not expected has its class`(status: Int, class: Failure.Class) async throws {
        try await withBench(answering: { _ in .text("sorry", status: status) }) { bench, server in
            let failure = try await bench.run(.api, ["url": .string(server.url + "/a?token=x")]).failure
            #expect(failure.class == `class`)
            #expect(failure.message == "GET \(server.url)/a answered \(status): sorry")
            #expect(failure.output?["body"] == "sorry")
        }
    }

    @Test(arguments: [
        ("7", Duration?.some(.seconds(7))), ("0", .zero), ("Tue, 14 Nov 2023 22:14:20 GMT", .seconds(60)),
        ("soon", nil),
    ])
    func `Retry-After is honoured in both its forms`(text: String, delay: Duration?) async throws {
        try await withBench(answering: { _ in
            LoopbackServer.Response(429, headers: [("Retry-After", text)])
        }) { bench, server in
            let got = try await bench.run(.api, ["url": .string(server.url)]).failure
            #expect(got.retryAfter == delay)
        }
    }

    @Test func `nobody at the port is retryable, since nothing happened`() async throws {
        let port = try await withLoopbackServer({ _ in LoopbackServer.Response(200) }) { $0.port }
        try await withBench { bench in
            let failure = try await bench.run(
                .api, ["url": .string("http://127.0.0.1:\(port)"), "method": "POST"]
            ).failure
            #expect(failure.class == .retryable)
        }
    }

    @Test func `a connection that breaks after the request leaves the outcome unknown`() async throws {
        try await withBench(answering: { _ in
            LoopbackServer.Response(
                200, body: .stream(AsyncThrowingStream { $0.finish(throwing: CancellationError()) }))
        }) { bench, server in
            let failure = try await bench.run(.api, ["url": .string(server.url), "body": [:]]).failure
            #expect(failure.class == .unknown)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `no answer within request_timeout leaves the outcome unknown`() async throws {
        try await withBench(answering: { _ in try await LoopbackServer.never() }) { bench, server in
            let failure = try await bench.run(
                .api, ["url": .string(server.url), "body": [:], "request_timeout": "2s"]
            ).failure
            #expect(failure.class == .unknown)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `an open circuit postpones, which is no attempt, and closes after a probe that works`() async throws {
        let status = TestStatus(500)
        try await withBench(answering: { _ in LoopbackServer.Response(status.value) }) { bench, server in
            let config: JSONValue = ["url": .string(server.url)]
            for _ in 1...5 {
                let failure = try await bench.run(.api, config).failure
                #expect(failure.class == .retryable)
            }
            let (until, reason) = try await bench.run(.api, config).postponed
            #expect(until == bench.clock.now + .seconds(30))
            #expect(reason.contains("127.0.0.1:\(server.port)"))
            #expect(server.requests.count == 5)
            status.value = 200
            bench.clock.advance(.seconds(30))
            let got = try await bench.run(.api, config).succeeded
            #expect(got["status"] == 200)
            let got2 = try await bench.run(.api, config).succeeded
            #expect(got2["status"] == 200)
        }
    }

    @Test(arguments: [
        "/relative", "ftp://127.0.0.1/x", "", "http://", "http://a b/", "javascript:alert(1)", "file:///etc/passwd",
    ])
    func `what is no http URL is never called`(url: String) async throws {
        try await withBench { bench in
            let failure = try await bench.run(.api, ["url": .string(url)]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("config.url"))
        }
    }

    @Test func `the excerpt of an answer is one short line`() async throws {
        let page = "first\nsecond\r\n" + String(repeating: "x", count: 10_000)
        try await withBench(answering: { _ in .text(page, status: 400) }) { bench, server in
            let message = try await bench.run(.api, ["url": .string(server.url)]).failure.message
            #expect(message.contains("first second xxx"))
            #expect(message.count < 400)
        }
    }

    @Test func `credentials in a URL are not shown`() async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(404) }) { bench, server in
            let failure = try await bench.run(
                .api, ["url": .string("http://ada:pass@127.0.0.1:\(server.port)/x?k=v#f")]
            ).failure
            #expect(failure.message == "GET http://127.0.0.1:\(server.port)/x answered 404")
        }
    }
}
