import HTTPTransport
import SagaCore
import TestSupport
import Testing

@testable import saga

/// `saga doctor`: what is well, what is not, and what to do about it.
@Suite(.timeLimit(.minutes(2))) struct DoctorStoryTests {
    private func doctor(
        _ arguments: [String], _ environment: [String: String] = [:], in folder: String = "/tmp"
    ) async throws -> (exitCode: Int, checks: [String: JSONValue]) {
        let result = try await Programs.run(
            "saga", ["doctor", "--output", "json"] + arguments, environment, in: folder)
        let json = try JSONValue(parsing: result.output)
        let checks = json["checks"]?.arrayValue ?? []
        #expect(json["ok"] == .bool(result.exitCode == 0), "\(result.output)")
        for check in checks where check["state"] != "ok" && check["name"] != "store" {
            #expect(check["cure"]?.stringValue?.isEmpty == false, "\(check)")
        }
        return (result.exitCode, Dictionary(checks.map { ($0["name"]?.text ?? "", $0) }) { first, _ in first })
    }

    @Test func aReceiverAndItsStoreAreWell() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let whole = try await doctor(
                    ["--store", folder + "/saga.db"], ["SAGA_SERVER": receiver.url, "SAGA_TOKEN": Receiver.token])
                #expect(whole.exitCode == 0)
                for name in ["store", "executors", "receiver", "ready", "webhooks", "token", "senders", "clock"] {
                    #expect(whole.checks[name]?["state"] == "ok", "\(name): \(whole.checks)")
                }
                let senders = whole.checks["senders"]?["message"]
                #expect(senders == "forgejo, gitea, github, gitlab have a secret")
                #expect(whole.checks["ci-token"]?["state"] == "warn", "there is no token for it")
                let text = try await Programs.run(
                    "saga", ["doctor", "--server", receiver.url], ["SAGA_TOKEN": Receiver.reader], in: folder)
                #expect(text.exitCode == 0, "what it may not do is no illness: \(text.output)")
                #expect(text.output.contains("warn  token       'eyes' has the scope 'read'"), "\(text.output)")
                for token in ["", "story-wrong-token"] {
                    let stranger = try await doctor(["--server", receiver.url], ["SAGA_TOKEN": token])
                    #expect(stranger.exitCode == 1)
                    #expect(stranger.checks["token"]?["state"] == "fail")
                    #expect(stranger.checks["receiver"]?["state"] == "ok")
                }
            }
            let alone = try await doctor(["--store", folder + "/saga.db"])
            #expect(alone.exitCode == 0)
            #expect(alone.checks["store"]?["state"] == "ok")
            #expect(alone.checks["space"] != nil)
        }
    }

    @Test func whatCannotBeReachedFails() async throws {
        try await Programs.withFolder { folder in
            try Files.write("no database, however one looks at it", folder + "/other.db")
            for store in ["none.db", "other.db"] {
                let result = try await doctor(["--store", folder + "/" + store])
                #expect(result.exitCode == 1)
                #expect(result.checks["store"]?["message"]?.stringValue?.contains(store) == true)
            }
            let down = try await doctor(["--server", "http://127.0.0.1:1"])
            #expect(down.exitCode == 1 && down.checks["receiver"]?["state"] == "fail")
            let nothing = try await Programs.run("saga", ["doctor"], in: folder)
            #expect(nothing.exitCode == 2 && nothing.errors.contains("--store"), "\(nothing.errors)")
        }
    }

    @Test func aReceiverThatIsUnwellIsToldPieceByPiece() async throws {
        let unwell: LoopbackServer.Handler = { request in
            switch request.path {
            case "/health":
                .json(
                    #"""
                    {"status":"live","version":"0.0.1","sources":{"stream":{"state":"disconnected",
                     "last_error":"connection refused"},"webhooks":{"state":"off"},"reconciler":{"state":"failing"}}}
                    """#)
            case "/health/ready": .json(#"{"detail":"the store cannot be written"}"#, status: 503)
            case "/api/v1/status":
                .json(
                    #"""
                    {"caller":{"name":"ops","scope":"admin"},"webhook_senders":[],"woodpecker":{"url":"https://ci.example",
                     "token":"refused","user":null,"error":null}}
                    """#)
            case "/health/circuits": .json(#"{"circuits":[{"host":"a.example","state":"open"}]}"#)
            default: .json(#"{"detail":"there is no saga"}"#, status: 404)
            }
        }
        try await withLoopbackServer(unwell) { server in
            let result = try await doctor(["--server", server.url])
            #expect(result.exitCode == 1)
            let states = result.checks.mapValues { $0["state"]?.text ?? "" }
            #expect(
                states == [
                    "receiver": "warn", "ready": "fail", "stream": "warn", "webhooks": "ok", "reconciler": "warn",
                    "circuit": "warn", "token": "ok", "senders": "warn", "ci-token": "fail", "clock": "ok",
                ])
            #expect(result.checks["ready"]?["message"] == "the store cannot be written")
            #expect(result.checks["stream"]?["message"]?.stringValue?.contains("connection refused") == true)
        }
    }

    @Test(arguments: [(0, "ok"), (20, "warn"), (-20, "warn"), (90, "fail"), (-90, "fail")])
    func theClocksAreCompared(shift: Int, expected: String) async throws {
        let http = CurlClient(userAgent: "story")
        let checks = try await withLoopbackServer({ _ in .json(#"{"status":"live"}"#) }) { server in
            await ReceiverCheckup(
                server: server.url, token: nil, http: http, now: { FakeWorld.timeOfDay() + .seconds(shift) }
            ).checks()
        }
        http.close()
        #expect(checks.first { $0.name == "clock" }?.state.rawValue == expected, "\(checks)")
    }

    @Test func aWebhookThatWasRefusedIsTold() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let sent = try await receiver.send(
                    "POST", "/webhooks/gitlab", token: nil, ["object_kind": "pipeline"],
                    headers: [("X-Gitlab-Token", "another"), ("X-Gitlab-Event", "Pipeline Hook")])
                #expect(sent.status == 401)
                let result = try await doctor(["--server", receiver.url], ["SAGA_TOKEN": Receiver.token])
                #expect(result.checks["webhooks"]?["state"] == "warn", "\(result.checks)")
                #expect(result.checks["webhooks"]?["message"]?.text.contains("gitlab") == true)
                #expect(result.exitCode == 0)
            }
        }
    }

    @Test func whetherWoodpeckerTakesTheReceiversTokenIsTold() async throws {
        for (token, state) in [("t0ken", "ok"), ("wr0ng", "fail")] {
            try await Receiver.withWoodpecker(["SAGA_WOODPECKER_TOKEN": token]) { receiver, _, _ in
                // The receiver asks when it starts; until then it says that it does not know yet.
                let isKnown = try await Pause.until(.seconds(30)) {
                    try await receiver.send("GET", "/api/v1/status").json["woodpecker"]?["token"] != "unknown"
                }
                #expect(isKnown)
                let result = try await doctor(["--server", receiver.url], ["SAGA_TOKEN": Receiver.token])
                #expect(result.checks["ci-token"]?["state"]?.text == state, "\(result.checks)")
                #expect(result.exitCode == (state == "ok" ? 0 : 1))
                #expect(!"\(result.checks)".contains(token))
            }
        }
    }

    @Test func theTokenOfWoodpeckerIsTried() async throws {
        try await withFakeWoodpecker(prefix: "/ci") { fake in
            let known = try await doctor([], ["SAGA_WOODPECKER_URL": fake.url, "SAGA_WOODPECKER_TOKEN": "t0ken"])
            #expect(known.exitCode == 0)
            #expect(known.checks["woodpecker"]?["message"]?.stringValue?.contains("as user ada") == true)
            let wrong = try await doctor([], ["SAGA_WOODPECKER_URL": fake.url, "SAGA_WOODPECKER_TOKEN": "wr0ng"])
            #expect(wrong.exitCode == 1)
            #expect(wrong.checks["woodpecker"]?["message"]?.stringValue?.contains("wr0ng") == false)
            let none = try await doctor([], ["SAGA_WOODPECKER_URL": fake.url])
            #expect(none.exitCode == 0 && none.checks["woodpecker"]?["state"] == "warn")
        }
    }
}
