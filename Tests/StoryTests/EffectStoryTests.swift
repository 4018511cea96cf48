import HTTPTransport
import SagaCore
import Synchronization
import TestSupport
import Testing

/// `api` steps against a real service: templates, retries and secrets.
@Suite(.timeLimit(.minutes(2))) struct EffectStoryTests {
    static let secret = "s3cret-of-a-release"

    static func with(
        _ service: @escaping LoopbackServer.Handler,
        _ body: @Sendable (Receiver, LoopbackServer, String) async throws -> Void
    ) async throws {
        try await Programs.withFolder { folder in
            try await withLoopbackServer(service) { server in
                try await Receiver.with(store: folder, ["SAGA_SECRET_TOKEN": secret]) { receiver in
                    try await body(receiver, server, folder)
                }
            }
        }
    }

    static let answer = #"{"n": 7, "list": [{"a": "x"}, {"a": "y z"}], "map": {"k": [1, 2]}, "text": "it's"}"#

    @Test func everyPathAndFilterReachesTheServiceWithItsType() async throws {
        try await Self.with({ request in .json(request.path == "/first" ? Self.answer : #"{"ok": true}"#) }) {
            receiver, server, _ in
            let body: JSONValue = [
                "number": "{{ outputs.first.n }}", "map": "{{ outputs.first.body.map }}", "joined": "n={{vars.number}}",
                "json": "{{ outputs.first.body.map | json }}", "list": "{{ vars.list }}", "item": "{{ vars.list[1] }}",
                "flag": "{{ vars.flag }}", "name": "{{ saga.name }}/{{ step.name }}", "attempt": "{{ step.attempt }}",
                "default": "{{ ci.CI_NOBODY | default(\"d e\") | url }}", "shell": "{{ outputs.first.body.text | sh }}",
                "commit": "{{ ci.CI_COMMIT_SHA }}", "secret": "{{ secrets.TOKEN }}", "id": "{{ saga.id }}",
            ]
            let definition = Definitions.saga(
                "tpl", ["vars": ["number": 5, "list": [1, "two"], "flag": true]],
                Definitions.api("first", ["url": .string(server.url + "/first"), "output": ["n": "/n"]]),
                Definitions.api(
                    "second",
                    [
                        "url": .string(server.url + "/to/{{ outputs.first.body.list[1].a | url }}"),
                        "headers": ["X-Key": "{{ step.idempotency_key }}"], "body": body,
                    ], ["depends_on": ["first"]]),
                Definitions.shell(
                    "third",
                    "printf '%s\\n' {{ outputs.first.body.text | sh }} {{ outputs.first.body.map | json | sh }}",
                    ["depends_on": ["second"]]))
            let saga = try await receiver.run(definition, origin: ["ci": ["CI_COMMIT_SHA": "abc"]])
            #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
            let id = saga["id"] ?? .null
            let request = try #require(server.requests.last)
            #expect(request.method == "POST")
            #expect(request.path == "/to/y%20z")
            #expect(request.headers["x-key"] == "\(id.text)/second/1")
            #expect(request.headers["idempotency-key"] == "\(id.text)/second/1")
            #expect(server.requests.first?.method == "GET", "without a body")
            let sent = try JSONValue(parsing: request.body)
            let expected: JSONValue = [
                "number": 7, "map": ["k": [1, 2]], "joined": "n=5", "json": #"{"k":[1,2]}"#, "list": [1, "two"],
                "item": "two", "flag": true, "name": "tpl/second", "attempt": 1, "default": "d%20e",
                "shell": #"'it'\''s'"#, "commit": "abc", "secret": .string(Self.secret), "id": id,
            ]
            #expect(sent == expected)
            #expect(saga["outputs"]?["third"]?["stdout"] == "it's\n{\"k\":[1,2]}\n")
        }
    }

    @Test func retriesKeepTheKeyAndFollowTheClassOfTheAnswer() async throws {
        let counts = Mutex<[String: Int]>([:])
        try await Self.with({ request in
            let count = counts.withLock { counts in
                counts[request.path, default: 0] += 1
                return counts[request.path] ?? 0
            }
            switch request.path {
            case "/busy": return .json("{}", status: count < 3 ? 503 : 200)
            case "/wrong": return .json(#"{"why": "no such image"}"#, status: 404)
            case "/later":
                return LoopbackServer.Response(count < 2 ? 429 : 200, headers: [("Retry-After", "2")])
            default: return .json("{}", status: 500)
            }
        }) { receiver, server, _ in
            func definition(_ path: String, delay: String) -> JSONValue {
                Definitions.saga(
                    "s", [:],
                    Definitions.api(
                        "a", ["url": .string(server.url + path), "method": "PUT"],
                        ["retry_policy": ["initial_delay": .string(delay)]]))
            }
            let busy = try await receiver.run(definition("/busy", delay: "10ms"))
            #expect(busy["status"] == "completed")
            #expect(busy.step("a")?["retry_count"] == 2)
            let keys = server.requests.map { $0.headers["idempotency-key"] }
            #expect(keys == [String?](repeating: "\(busy["id"]?.text ?? "")/a/1", count: 3))
            let wrong = try await receiver.run(definition("/wrong", delay: "10ms"))
            #expect(wrong["status"] == "failed")
            #expect(wrong.step("a")?["retry_count"] == 0, "4xx is permanent")
            #expect(wrong["error"]?.stringValue?.contains("404") == true)
            #expect(wrong["error"]?.stringValue?.contains("no such image") == true)

            let id = try await receiver.start(definition("/later", delay: "10ms"))
            let held = try await receiver.wait(for: id, "its second attempt") {
                $0.step("a")?["next_attempt_at"]?.stringValue != nil
            }
            #expect(try Self.delay(held) == 2000, "Retry-After is honoured")
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")

            let other = try await receiver.start(definition("/broken", delay: "7s"))
            let waiting = try await receiver.wait(for: other, "its second attempt") {
                $0.step("a")?["next_attempt_at"]?.stringValue != nil
            }
            #expect(try Self.delay(waiting) == 7000)
            #expect(waiting.step("a")?["status"] == "running")
        }
    }

    /// Milliseconds from the end of the last attempt to the next one.
    static func delay(_ saga: JSONValue) throws -> Int64 {
        let step = try #require(saga.step("a"))
        let next = try #require(step["next_attempt_at"]?.stringValue.flatMap { Moment(rfc3339: $0) })
        let ends = step["attempts"]?.arrayValue?.compactMap { $0["finished_at"]?.stringValue } ?? []
        let last = try #require(ends.last.flatMap { Moment(rfc3339: $0) })
        return next.milliseconds - last.milliseconds
    }

    @Test func aSecretIsInNoAnswerNoJournalAndNoFile() async throws {
        try await Self.with({ request in
            .json(#"{"echo": "\#(request.headers["x-token"] ?? "")"}"#, status: request.path == "/no" ? 400 : 200)
        }) { receiver, server, folder in
            func call(_ path: String) -> JSONValue {
                Definitions.api(
                    "a",
                    [
                        "url": .string(server.url + path + "?q={{ secrets.TOKEN }}"),
                        "headers": ["X-Token": "{{ secrets.TOKEN }}"],
                    ], ["retry_policy": ["max_attempts": 1]])
            }
            let shell = Definitions.shell(
                "b", "echo {{ secrets.TOKEN | sh }} >&2; echo k={{ secrets.TOKEN | sh }} >> $SAGA_OUTPUT; exit 1",
                ["depends_on": ["a"], "retry_policy": ["max_attempts": 1]])
            for definition in [
                Definitions.saga("s", [:], call("/yes"), shell), Definitions.saga("s", [:], call("/no")),
            ] {
                let saga = try await receiver.run(definition)
                #expect(saga["status"] == "failed")
                #expect(saga.json.contains("***"))
                #expect(!saga.json.contains(Self.secret))
                let journal = try await receiver.send("GET", "/api/v1/sagas/\(saga["id"]?.text ?? "")/journal")
                #expect(!journal.text.contains(Self.secret))
            }
            #expect(server.requests.allSatisfy { $0.headers["x-token"] == Self.secret })
            let files = try Files.names(in: folder).map { folder + "/" + $0 }
            #expect(files.contains { Files.contains($0, "secrets.TOKEN") }, "the definition is in the store")
            #expect(files.filter { Files.contains($0, Self.secret) } == [])
        }
    }
}
