import SagaActions
import SagaCore
import TestSupport
import Testing

@Suite struct APIActionTests {
    @Test(
        arguments: [
            (JSONValue?.none, JSONValue?.none, "GET", String?.none, ""),
            (nil, ["n": 1], "POST", "application/json", #"{"n":1}"#),
            (nil, [1, "two"], "POST", "application/json", #"[1,"two"]"#),
            ("put", "plain text", "PUT", nil, "plain text"),
            ("DELETE", nil, "DELETE", nil, ""),
            ("PATCH", true, "PATCH", "application/json", "true"),
        ] as [(JSONValue?, JSONValue?, String, String?, String)])
    func `method and body follow from the configuration`(
        method: JSONValue?, body: JSONValue?, sent: String, type: String?, text: String
    ) async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(200) }) { bench, server in
            _ = try await bench.run(
                .api, .object(compacting: ["url": .string(server.url + "/x?a=b"), "method": method, "body": body])
            ).succeeded
            let request = try #require(server.requests.first)
            #expect(request.method == sent)
            #expect(request.text == text)
            #expect(request.path == "/x")
            #expect(request.query == "a=b")
            if let type { #expect(request.headers["content-type"] == type) }
        }
    }

    @Test func `a text body takes the content type it is given`() async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(200) }) { bench, server in
            _ = await bench.run(
                .api,
                ["url": .string(server.url), "body": "<a/>", "headers": ["content-type": "application/xml", "X-N": 7]])
            #expect(server.requests.first?.headers["content-type"] == "application/xml")
            #expect(server.requests.first?.headers["x-n"] == "7")
        }
    }

    @Test func `every attempt carries the same idempotency key`() async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(503) }) { bench, server in
            for attempt in 1...2 { _ = await bench.run(.api, ["url": .string(server.url)], attempt: attempt) }
            #expect(server.requests.map { $0.headers["idempotency-key"] } == [Bench.key + "1", Bench.key + "1"])
            #expect(server.requests.map { $0.headers["x-saga-attempt"] } == ["1", "2"])
            #expect(server.requests.first?.headers["x-saga-step"] == "go")
            #expect(server.requests.first?.headers["x-saga-id"] == String(Bench.key.prefix(36)))
        }
    }

    @Test func `a key of the definition's own replaces ours`() async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(200) }) { bench, server in
            _ = await bench.run(.api, ["url": .string(server.url), "headers": ["idempotency-key": "mine"]])
            #expect(server.requests.first?.headers["idempotency-key"] == "mine")
        }
    }

    @Test(
        arguments: [
            (200, JSONValue?.none, true), (299, nil, true), (199 + 101, nil, false), (404, 404, true),
            (200, 404, false),
            (404, [200, 404], true), (410, ["200-204", "404-410"], true), (411, ["200-204", "404-410"], false),
            (204, "200 - 204", true), (304, [200, "300-399"], true),
        ] as [(Int, JSONValue?, Bool)])
    func `expect_status takes codes and ranges`(status: Int, expected: JSONValue?, good: Bool) async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(status) }) { bench, server in
            let outcome = await bench.run(
                .api, .object(compacting: ["url": .string(server.url), "expect_status": expected]))
            if good {
                let got = try outcome.succeeded
                #expect(got["status"] == .int(Int64(status)))
            } else {
                let got2 = try outcome.failure
                #expect(got2.output?["status"] == .int(Int64(status)))
            }
        }
    }

    @Test(arguments: ["2xx", "200-abc", "300-200", "200-201-202", "", "-", "abc"])
    func `an expect_status that is none fails before anything is sent`(text: String) async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(200) }) { bench, server in
            let failure = try await bench.run(.api, ["url": .string(server.url), "expect_status": .string(text)])
                .failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("expect_status"))
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `the answer becomes the output, with the parts that were asked for`() async throws {
        let answer = #"{"items":[{"id":9007199254740993}],"a/b":"x","none":null}"#
        try await withBench(answering: { _ in
            LoopbackServer.Response(
                201, headers: [("Content-Type", "application/vnd.x+json; charset=utf-8"), ("X-A", "1"), ("X-A", "2")],
                body: .bytes(Array(answer.utf8)))
        }) { bench, server in
            let output = try await bench.run(
                .api,
                [
                    "url": .string(server.url),
                    "output": ["id": "/items/0/id", "ab": "/a~1b", "none": "/none", "all": ""],
                ]
            ).succeeded
            #expect(output["status"] == 201)
            #expect(output["id"] == 9_007_199_254_740_993)
            #expect(output["ab"] == "x")
            #expect(output["none"] == .null)
            #expect(output["all"] == output["body"])
            #expect(output["headers"]?["x-a"] == "1, 2")
            #expect(output["body"]?["items"]?[0]?["id"] == 9_007_199_254_740_993)
        }
    }

    @Test func `an output that the answer does not have fails for good`() async throws {
        try await withBench(answering: { _ in .json("{}") }) { bench, server in
            let failure = try await bench.run(.api, ["url": .string(server.url), "output": ["id": "/items/0"]]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("/items/0") && failure.message.contains("config.output.id"))
        }
    }

    @Test(
        arguments: [
            ("text/plain", #"{"a":1}"#, JSONValue.string(#"{"a":1}"#)), ("application/json", "no json", "no json"),
            ("application/json", "", .null), ("application/json", "[1]", [1]),
        ] as [(String, String, JSONValue)])
    func `a body is read as JSON where it is called so and is it`(
        type: String, text: String, body: JSONValue
    ) async throws {
        try await withBench(answering: { _ in
            LoopbackServer.Response(200, headers: [("Content-Type", type)], body: .bytes(Array(text.utf8)))
        }) { bench, server in
            let got = try await bench.run(.api, ["url": .string(server.url)]).succeeded
            #expect(got["body"] == body)
        }
    }

    @Test func `templates in the configuration are rendered at the moment of use`() async throws {
        try await withBench(answering: { _ in LoopbackServer.Response(200) }) { bench, server in
            var bench = bench
            bench.vars = ["path": "a b", "list": [1, 2]]
            _ = try await bench.run(
                .api,
                [
                    "url": .string(server.url + "/{{ vars.path | url }}/{{ step.attempt }}"),
                    "body": ["list": "{{ vars.list }}", "key": "{{ step.idempotency_key }}"],
                ]
            ).succeeded
            #expect(server.requests.first?.path == "/a%20b/1")
            #expect(server.requests.first?.text == #"{"key":"\#(Bench.key)1","list":[1,2]}"#)
        }
    }

    @Test func `a template without a value fails for good and names its place`() async throws {
        try await withBench { bench in
            let failure = try await bench.run(.api, ["url": "http://127.0.0.1:1/{{ vars.none }}"]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message == "config.url: vars.none has no value")
        }
    }
}
