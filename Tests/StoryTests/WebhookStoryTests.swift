import Crypto
import FoundationEssentials
import SagaCore
import Testing

/// Deliveries as senders and attackers post them, to the real receiver.
@Suite(.timeLimit(.minutes(2))) struct WebhookStoryTests {
    static let key = Array("0123456789abcdef0123456789abcdef".utf8)
    static let signingKey = "whsec_" + Data(key).base64EncodedString()

    static func with(_ body: @Sendable (Receiver) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(
                store: folder,
                [
                    "SAGA_WEBHOOK_GITLAB_SECRET": "gitlab-token,\(signingKey)",
                    "SAGA_WEBHOOK_GENERIC_SECRET": "generic-bearer,\(signingKey)",
                    "SAGA_WEBHOOK_FORGEJO_SECRET": "octo/app=bound-secret",
                ], body)
        }
    }

    static func post(
        _ receiver: Receiver, _ sender: String, _ body: [UInt8], _ headers: [(String, String)]
    ) async throws -> Receiver.Answer {
        try await receiver.send("POST", "/webhooks/\(sender)", token: nil, body, headers: headers)
    }

    static func waiting(for number: Int) -> JSONValue {
        Definitions.saga(
            "wait", [:],
            Definitions.step("w", "wait_pipeline", ["repo": "octo/app", "number": .int(Int64(number))], [:]))
    }

    static let origin: JSONValue = ["server": "https://ci.example.com", "repo": "octo/app"]

    /// What is wrong about a delivery to `gitea`, and what the receiver says.
    static let refusals: [(what: String, body: String, type: String?, sign: Bool, status: Int, title: String)] = [
        ("no signature", "{}", "application/json", false, 401, "Unauthorized"),
        ("half a text", #"{"a":"#, "application/json", true, 400, "Bad Request"),
        ("nothing", "", "application/json", true, 400, "Bad Request"),
        ("a list", "[]", "application/json", true, 400, "Bad Request"),
        ("null", "null", "application/json", true, 400, "Bad Request"),
        ("a text", #""x""#, "application/json", true, 400, "Bad Request"),
        ("plain text", "{}", "text/plain", true, 415, "Unsupported Media Type"),
        ("YAML", "a: 1", "application/yaml", true, 415, "Unsupported Media Type"),
    ]

    @Test func whatCannotBeTakenIsRefusedWithAProblemAndKeepsTheReceiverWell() async throws {
        try await Self.with { receiver in
            for refusal in Self.refusals {
                let body = Array(refusal.body.utf8)
                var headers = [("X-Gitea-Event", "status"), ("X-Gitea-Delivery", refusal.what)]
                if refusal.sign { headers.append(("X-Gitea-Signature", Hooks.sign(body))) }
                headers += refusal.type.map { [("Content-Type", $0)] } ?? []
                let answer = try await Self.post(receiver, "gitea", body, headers)
                #expect(answer.status == refusal.status, "\(refusal.what)")
                #expect(answer.json["status"]?.intValue == Int64(refusal.status), "\(refusal.what)")
                #expect(answer.json["title"]?.stringValue == refusal.title, "\(refusal.what)")
                #expect(answer.json["detail"]?.stringValue?.isEmpty == false, "\(refusal.what)")
            }
            for sender in ["bitbucket", "registry", "harbor", "nobody"] {
                let answer = try await Self.post(receiver, sender, Array("{}".utf8), [])
                #expect(answer.status == 404, "\(sender) has no secret, so it is closed")
            }
            let health = try await receiver.send("GET", "/health", token: nil)
            #expect(health.status == 200)
        }
    }

    @Test func aBodyOver25MiBIs413AndOneBelowIsRead() async throws {
        try await Self.with { receiver in
            func body(_ count: Int) -> [UInt8] {
                Array(#"{"x":""#.utf8) + [UInt8](repeating: 0x61, count: count) + Array(#""}"#.utf8)
            }
            let large = body(26 << 20)
            let refused = try await Self.post(receiver, "gitea", large, Hooks.gitea(large, id: "large"))
            #expect(refused.status == 413)
            let fitting = body(1 << 20)
            var headers = Hooks.gitea(fitting, id: "fitting")
            headers[0].1 = "push"
            let taken = try await Self.post(receiver, "gitea", fitting, headers)
            #expect(taken.status == 200, "of no interest, but read")
        }
    }

    @Test func anotherRepositoryAndAnotherServerEndNoWait() async throws {
        try await Self.with { receiver in
            let id = try await receiver.start(Self.waiting(for: 41), origin: Self.origin)
            try await receiver.wait(for: id, step: "w", toSay: "pipeline octo/app#41")
            let other = Array(
                String(decoding: Hooks.status(number: 41), as: UTF8.self)
                    .replacing("octo/app", with: "octo/other").utf8)
            #expect(try await Self.post(receiver, "gitea", other, Hooks.gitea(other, id: "other")).status == 202)
            let elsewhere = Array(
                String(decoding: Hooks.status(number: 41), as: UTF8.self)
                    .replacing("ci.example.com", with: "ci2.example.com").utf8)
            let answer = try await Self.post(receiver, "gitea", elsewhere, Hooks.gitea(elsewhere, id: "elsewhere"))
            #expect(answer.status == 202)
            let push = Hooks.status(number: 41, id: 7)
            #expect(try await receiver.saga(id).step("w")?["status"] == "running")
            #expect(try await Self.post(receiver, "gitea", push, Hooks.gitea(push, id: "right")).status == 202)
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
        }
    }

    @Test func aPendingStatusIsShownAndEndsNothing() async throws {
        try await Self.with { receiver in
            let id = try await receiver.start(Self.waiting(for: 41), origin: Self.origin)
            try await receiver.wait(for: id, step: "w", toSay: "pipeline octo/app#41")
            let pending = Hooks.status(number: 41, state: "pending", id: 2)
            #expect(try await Self.post(receiver, "gitea", pending, Hooks.gitea(pending, id: "p")).status == 202)
            let done = Hooks.status(number: 41, state: "failure", id: 3)
            #expect(try await Self.post(receiver, "gitea", done, Hooks.gitea(done, id: "f")).status == 202)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "failed")
            #expect(saga["error_code"] == "step_failed")
            #expect(saga.step("w")?["error"]?.stringValue?.contains("octo/app#41") == true)
            // A later `pending` for the same number never reopens it.
            let late = Hooks.status(number: 41, state: "pending", id: 4)
            let answer = try await Self.post(receiver, "gitea", late, Hooks.gitea(late, id: "l"))
            #expect(answer.status == 200, "the same fact under another id was seen before")
            #expect(try await receiver.saga(id)["status"] == "failed")
        }
    }

    static func standardWebhook(_ body: [UInt8], id: String, secondsAgo: Int = 0) -> [(String, String)] {
        let time = "\(Int(Date().timeIntervalSince1970) - secondsAgo)"
        let signed = Array("\(id).\(time).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
        return [
            ("webhook-id", id), ("webhook-timestamp", time),
            ("webhook-signature", "v1," + Data(code).base64EncodedString()),
        ]
    }

    static let pipelineHook = Array(
        """
        {"object_kind": "pipeline", "object_attributes": {"id": 9, "iid": 3, "status": "success",
        "sha": "4f2c9d1e7a6b58034c1d2e3f405162738495a6b7", "ref": "main", "source": "external"},
        "project": {"path_with_namespace": "octo/app"}, "builds": [{"id": 31, "stage": "external",
        "name": "ci/woodpecker/push/build", "status": "success", "created_at": "2026-01-31 09:05:07 UTC",
        "finished_at": "2026-01-31 09:05:09 UTC",
        "target_url": "https://ci.example.com/repos/7/pipeline/41/1"}]}
        """.utf8)

    static func generic(_ number: Int) -> [UInt8] {
        let json: JSONValue = [
            "kind": "pipeline", "server": "https://ci.example.com", "repo": "octo/app",
            "number": .int(Int64(number)), "status": "success",
        ]
        return Array(json.json.utf8)
    }

    /// Each pair: how many seconds ago it was signed, and the answer.
    @Test func gitLabAndGenericTakeTheirTokenOrASigningKeyAndNothingElse() async throws {
        try await Self.with { receiver in
            let hook = Self.pipelineHook
            func gitLab(_ headers: [(String, String)]) async throws -> Int {
                try await Self.post(receiver, "gitlab", hook, [("X-Gitlab-Event", "Pipeline Hook")] + headers).status
            }
            #expect(try await gitLab([]) == 401)
            #expect(try await gitLab([("X-Gitlab-Token", "gitlab-tokem")]) == 401)
            #expect(try await gitLab([("X-Gitlab-Token", Self.signingKey)]) == 401, "a signing key is no token")
            #expect(try await gitLab(Self.standardWebhook(hook, id: "old", secondsAgo: 4000)) == 401)
            #expect(try await gitLab(Self.standardWebhook(Array("{}".utf8), id: "other body")) == 401)
            #expect(try await gitLab([("X-Gitlab-Token", "gitlab-token"), ("X-Gitlab-Event-UUID", "u1")]) == 202)
            #expect(try await gitLab(Self.standardWebhook(hook, id: "u2")) / 100 == 2)

            for (index, sign) in [Self.standardWebhook, nil].enumerated() {
                let number = 50 + index
                let body = Self.generic(number)
                let headers =
                    sign.map { $0(body, "g\(number)", 0) } ?? [("Authorization", "Bearer generic-bearer")]
                #expect(try await Self.post(receiver, "generic", body, []).status == 401)
                let forged = [("Authorization", "Bearer generic-bearer-not")]
                #expect(try await Self.post(receiver, "generic", body, forged).status == 401)
                // Early: the wait does not exist yet.
                #expect(try await Self.post(receiver, "generic", body, headers).status == 202)
                #expect(try await Self.post(receiver, "generic", body, headers).status == 200, "seen before")
                let saga = try await receiver.run(Self.waiting(for: number), origin: Self.origin)
                #expect(saga["status"] == "completed")
                #expect(saga["outputs"]?["w"]?["decided_by"] == "generic")
            }
            let unclear = try await Self.post(
                receiver, "generic", Array(#"{"kind": "workflow"}"#.utf8),
                [("Authorization", "Bearer generic-bearer")])
            #expect(unclear.status == 400)
            for name in ["server", "repo", "number", "status", "workflow"] {
                #expect(unclear.json["detail"]?.stringValue?.contains(name) == true, "\(name) is missing")
            }
        }
    }

    @Test func aBoundSecretSpeaksForItsRepositoryAlone() async throws {
        try await Self.with { receiver in
            func forgejo(_ body: [UInt8], _ secret: String, _ id: String) async throws -> Int {
                try await Self.post(
                    receiver, "forgejo", body,
                    [
                        ("X-Forgejo-Event", "status"), ("X-Forgejo-Delivery", id),
                        ("X-Forgejo-Signature", Hooks.sign(body, secret)),
                    ]
                ).status
            }
            let own = Hooks.status(number: 61)
            let other = Array(
                String(decoding: own, as: UTF8.self).replacing("octo/app", with: "octo/other").utf8)
            #expect(try await forgejo(other, "bound-secret", "f1") == 401)
            #expect(try await forgejo(own, "octo/app=bound-secret", "f2") == 401)
            #expect(try await forgejo(own, "bound-secret", "f3") == 202)
            let saga = try await receiver.run(Self.waiting(for: 61), origin: Self.origin)
            #expect(saga["outputs"]?["w"]?["decided_by"] == "forgejo")
        }
    }

    @Test func gitHubSignsTheFormTextAndGiteaTheJSONInside() async throws {
        try await Self.with { receiver in
            func form(_ body: [UInt8]) -> [UInt8] {
                Array("payload=".utf8)
                    + body.flatMap { byte in
                        Array("%".utf8) + Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
                    }
            }
            let type = ("Content-Type", "application/x-www-form-urlencoded")
            func gitHub(_ signed: [UInt8], _ sent: [UInt8], _ id: String) async throws -> Int {
                try await Self.post(
                    receiver, "github", sent,
                    [
                        type, ("X-GitHub-Event", "status"), ("X-GitHub-Delivery", id),
                        ("X-Hub-Signature-256", "sha256=" + Hooks.sign(signed)),
                    ]
                ).status
            }
            let first = Hooks.status(number: 71)
            #expect(try await gitHub(first, form(first), "h1") == 401)
            #expect(try await gitHub(form(first), form(first), "h2") == 202)
            #expect(try await gitHub(form(first), form(first), "h2") == 200, "seen before")
            let saga = try await receiver.run(Self.waiting(for: 71), origin: Self.origin)
            #expect(saga["outputs"]?["w"]?["decided_by"] == "github")

            let second = Hooks.status(number: 72)
            let inForm = form(second)
            #expect(
                try await Self.post(receiver, "gitea", inForm, [type] + Hooks.gitea(inForm, id: "t1")).status == 401)
            #expect(
                try await Self.post(receiver, "gitea", inForm, [type] + Hooks.gitea(second, id: "t2")).status == 202)
            let other = try await receiver.run(Self.waiting(for: 72), origin: Self.origin)
            #expect(other["outputs"]?["w"]?["decided_by"] == "gitea")
        }
    }
}
