import SagaCore
import Testing

/// The REST API as a hostile client sees it.
@Suite(.timeLimit(.minutes(2))) struct APIStoryTests {
    static let tokens = "ops:operate:\(Receiver.token),eyes:read:\(Receiver.reader),ci:start:starter,root:admin:top"

    static func with(_ body: @Sendable (Receiver) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder, ["SAGA_TOKENS": tokens], body)
        }
    }

    static let order = Definitions.saga("order", ["vars": ["v": .null, "w": "x"]], Definitions.approval("gate"))

    @Test func scopesIncludeThoseBelowAndRefuseThoseAbove() async throws {
        try await Self.with { receiver in
            let body: JSONValue = ["definition": Definitions.gate]
            let calls: [(String, String, JSONValue?, String?, Int)] = [
                ("GET", "/api/v1/sagas", nil, nil, 401), ("GET", "/api/v1/sagas", nil, "nobody", 401),
                ("GET", "/api/v1/sagas", nil, Receiver.reader, 200), ("GET", "/api/v1/sagas", nil, "top", 200),
                ("POST", "/api/v1/sagas", body, Receiver.reader, 403), ("POST", "/api/v1/sagas", body, "starter", 201),
                ("POST", "/api/v1/signals", [:], Receiver.reader, 403),
                ("POST", "/api/v1/signals", [:], "starter", 400),
                ("POST", "/api/v1/sagas/x/retry", [:], "starter", 403),
                ("POST", "/api/v1/sagas/x/retry", [:], Receiver.token, 404),
                ("DELETE", "/api/v1/sagas/x", nil, "starter", 403), ("DELETE", "/api/v1/sagas/x", nil, "top", 404),
                ("POST", "/api/v1/definitions/validate", body, Receiver.reader, 200),
                ("GET", "/health", nil, nil, 200), ("GET", "/health/ready", nil, nil, 200),
                ("GET", "/health/circuits", nil, nil, 200), ("GET", "/api/v1/nowhere", nil, Receiver.token, 404),
            ]
            for (method, path, body, token, status) in calls {
                let answer = try await receiver.send(method, path, token: token, body)
                #expect(answer.status == status, "\(method) \(path) with \(token ?? "no token")")
                guard status >= 400 else { continue }
                #expect(answer.json["status"]?.intValue == Int64(status), "\(answer.text)")
                for member in ["type", "title", "detail"] {
                    #expect(answer.json[member]?.stringValue?.isEmpty == false, "\(member) in \(answer.text)")
                }
            }
        }
    }

    @Test func aKeyStartsOneSagaWhereverItStands() async throws {
        try await Self.with { receiver in
            func start(_ body: JSONValue, _ headers: [(String, String)] = []) async throws -> Receiver.Answer {
                try await receiver.send("POST", "/api/v1/sagas", body, headers: headers)
            }
            let body: JSONValue = ["definition": Self.order, "vars": ["v": "1"], "idempotency_key": "k"]
            let first = try await start(body)
            #expect(first.status == 201)
            let id = first.json["id"]
            let header = [("Idempotency-Key", "k")]
            let bare: JSONValue = ["definition": Self.order, "vars": ["v": "1"], "origin": ["repo": "octo/app"]]
            let replay = try await start(bare, header)
            #expect(replay.status == 200, "origin is no content")
            #expect(replay.json["id"] == id)
            let other = try await start(["definition": Self.order, "vars": ["v": "2"]], header)
            #expect(other.status == 422)
            let contradiction = try await start(body, [("Idempotency-Key", "another")])
            #expect(contradiction.status == 400)
            #expect(try await start(bare, [("Idempotency-Key", "")]).status == 400)
            // A key lives as long as its saga.
            let path = "/api/v1/sagas/\(id?.stringValue ?? "")"
            #expect(try await receiver.send("DELETE", path).status == 409, "it is not over")
            #expect(try await receiver.send("POST", path + "/cancel", [:]).status == 200)
            #expect(try await receiver.send("DELETE", path).status == 204)
            let again = try await start(body)
            #expect(again.status == 201)
            #expect(again.json["id"] != id)
        }
    }

    @Test func manyAtOnceWithOneKeyAreOneSaga() async throws {
        try await Self.with { receiver in
            let answers = try await withThrowingTaskGroup(of: Receiver.Answer.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await receiver.send(
                            "POST", "/api/v1/sagas", ["definition": Definitions.gate, "idempotency_key": "same"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.map(\.status).sorted() == [Int](repeating: 200, count: 11) + [201])
            #expect(Set(answers.map { $0.json["id"]?.stringValue }).count == 1)
        }
    }

    @Test func varsThatAreUnknownOrMissingAreAllReported() async throws {
        try await Self.with { receiver in
            let answer = try await receiver.send(
                "POST", "/api/v1/sagas", ["definition": Self.order, "vars": ["q": 1, "r": 2]])
            #expect(answer.status == 400)
            #expect(answer.json["errors"]?.arrayValue?.map { $0["path"] } == ["vars.q", "vars.r", "vars.v"])
            let withDefault = Definitions.saga("d", ["vars": ["size": "small"]], Definitions.approval("gate"))
            let null = try await receiver.send(
                "POST", "/api/v1/sagas", ["definition": withDefault, "vars": ["size": .null]])
            #expect(null.status == 400)
            #expect(null.json["errors"]?[0]?["message"]?.stringValue?.contains("leave it out for its default") == true)
            for vars: JSONValue in [[], "v", 1] {
                let body: JSONValue = ["definition": Self.order, "vars": vars]
                #expect(try await receiver.send("POST", "/api/v1/sagas", body).status == 400)
            }
            #expect(try await receiver.send("GET", "/api/v1/sagas").json["sagas"] == [], "nothing was stored")
        }
    }

    @Test func bodiesThatAreNoRequestAre400Or415() async throws {
        try await Self.with { receiver in
            let bodies: [(String, String, Int)] = [
                ("", "application/json", 400), ("{", "application/json", 400), ("[1]", "application/json", 400),
                (#"{"definitoin": "x"}"#, "application/json", 400), (#"{"definition": 3}"#, "application/json", 400),
                ("name: x", "application/yaml", 415), ("{}", "text/plain", 415),
            ]
            for (body, type, status) in bodies {
                let answer = try await receiver.send(
                    "POST", "/api/v1/sagas", token: Receiver.token, Array(body.utf8),
                    headers: [("Content-Type", type)])
                #expect(answer.status == status, "\(body)")
            }
        }
    }

    @Test func listsAreNewestFirstInPagesThatEndWithoutACursor() async throws {
        try await Self.with { receiver in
            for number in 1...5 {
                _ = try await receiver.start(Definitions.saga("s\(number)", [:], Definitions.approval("gate")))
            }
            func names(_ query: String) async throws -> (names: [String?], cursor: JSONValue?) {
                let answer = try await receiver.send("GET", "/api/v1/sagas?\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return (
                    answer.json["sagas"]?.arrayValue?.map { $0["name"]?.stringValue } ?? [],
                    answer.json["next_cursor"]
                )
            }
            let all = ["s5", "s4", "s3", "s2", "s1"]
            for query in ["", "limit=0", "limit=-1", "limit=1000", "status=running"] {
                let page = try await names(query)
                #expect(page.names == all, "\(query)")
                #expect(page.cursor == .null, "\(query)")
            }
            var pages: [[String?]] = []
            var cursor = ""
            repeat {
                let page = try await names("limit=2" + cursor)
                pages.append(page.names)
                cursor = page.cursor?.stringValue.map { "&cursor=" + $0 } ?? ""
            } while !cursor.isEmpty
            #expect(pages == [["s5", "s4"], ["s3", "s2"], ["s1"]])
            #expect(try await names("limit=5").cursor == .null, "a full last page has no next one")
            #expect(try await names("name=s3").names == ["s3"])
            #expect(try await names("status=completed").names == [])
            #expect(try await names("since=2100-01-01T00:00:00Z").names == [])
            for query in ["limit=x", "status=bad", "since=today", "cursor=x", "colour=red"] {
                #expect(try await receiver.send("GET", "/api/v1/sagas?\(query)").status == 400, "\(query)")
            }
        }
    }

    @Test func theJournalTellsWhoAndWhyInPages() async throws {
        try await Self.with { receiver in
            let id = try await receiver.start(Definitions.gate)
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            #expect(try await receiver.operate("reject", id, step: "gate", ["reason": "not today"]).status == 200)
            var entries: [JSONValue] = []
            var cursor = ""
            repeat {
                let page = try await receiver.send("GET", "/api/v1/sagas/\(id)/journal?limit=2" + cursor).json
                entries += page["entries"]?.arrayValue ?? []
                cursor = page["next_cursor"]?.stringValue.map { "&cursor=" + $0 } ?? ""
            } while !cursor.isEmpty
            let whole = try await receiver.send("GET", "/api/v1/sagas/\(id)/journal").json
            #expect(whole["entries"]?.arrayValue == entries)
            #expect(entries.first?["kind"] == "saga_created")
            #expect(entries.last?["kind"] == "saga_failed")
            let rejection = entries.first { $0["reason"] == "not today" }
            #expect(rejection?["actor"] == "ops")
            #expect(rejection?["step"] == "gate")
            for member in ["id", "at", "kind", "step", "actor", "reason", "data"] {
                #expect(entries.allSatisfy { $0[member] != nil }, "\(member)")
            }
            #expect(try await receiver.send("GET", "/api/v1/sagas/nope/journal").status == 404)
        }
    }

    /// The signal, and the fields that its refusal names.
    static let signals: [(JSONValue, [String])] = [
        ([:], ["kind", "server", "repo", "number", "status"]),
        (
            ["kind": "workflow", "server": "https://ci.example.com", "repo": "o/a", "number": 1, "status": "success"],
            [
                "workflow"
            ]
        ),
        (
            ["kind": "step", "server": "https://ci.example.com", "repo": "o/a", "number": 1, "status": "success"],
            [
                "step"
            ]
        ),
        (
            [
                "kind": "pipeline", "server": "https://ci.example.com", "repo": "o/a", "number": "x",
                "status": "success",
            ],
            [
                "number"
            ]
        ),
        (["kind": "image", "status": "success"], ["image"]), (["kind": "wind"], ["kind"]),
    ]

    @Test func aSignalIsRefusedByNameOfWhatIsMissingAndMatchedWithItsWait() async throws {
        try await Self.with { receiver in
            for (signal, missing) in Self.signals {
                let answer = try await receiver.send("POST", "/api/v1/signals", signal)
                #expect(answer.status == 400)
                let paths = answer.json["errors"]?.arrayValue?.compactMap { $0["path"]?.stringValue } ?? []
                #expect(Set(missing).isSubset(of: Set(paths)), "\(answer.text)")
            }
            let id = try await receiver.start(
                WebhookStoryTests.waiting(for: 41), origin: WebhookStoryTests.origin)
            try await receiver.wait(for: id, step: "w", toSay: "octo/app#41")
            var signal: JSONValue = [
                "kind": "pipeline", "server": "HTTPS://CI.Example.com:443/", "repo": "octo/app", "number": 41,
                "status": "thinking",
            ]
            #expect(
                try await receiver.send("POST", "/api/v1/signals", signal).status == 202, "an unknown status is kept")
            #expect(try await receiver.saga(id)["status"] == "running")
            signal = .object((signal.objectValue ?? [:]).merging(["status": "success"]) { $1 })
            let answer = try await receiver.send("POST", "/api/v1/signals", signal)
            #expect(answer.status == 202)
            #expect(answer.json["id"]?.intValue != nil)
            #expect(answer.json["matched"] == [["saga": .string(id), "step": "w"]])
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
        }
    }
}
