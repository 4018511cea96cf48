import SagaCore
import TestSupport
import Testing
import Webhooks

@Suite("Secrets bound to a repository hold for it alone")
struct SenderSecretsTests {
    private func reading(
        _ repository: String, secrets: String, signedWith secret: String
    ) throws -> Result<Reading, Rejection> {
        let body = Array(
            """
            {"sha": "4be1", "state": "success", "target_url": "https://ci.example.org/repos/3/pipeline/9/1",
             "context": "ci/woodpecker/push/build", "repository": {"full_name": "\(repository)"}}
            """.utf8)
        let reader = WebhookReader(secrets: [.gitea: try SenderSecrets(parsing: secrets, sender: .gitea)], servers: [])
        let headers = [
            (name: "X-Gitea-Event", value: "status"), ("X-Gitea-Signature", Proof.hex(body, secret)),
            ("Content-Type", "application/json; charset=utf-8"),
        ]
        return Result { () throws(Rejection) in
            try reader.read(Delivery(sender: .gitea, headers: headers, body: body), now: DeliveryFile.now)
        }
    }

    @Test(
        "A bound secret passes deliveries that name its repository, and tells which",
        arguments: [
            // repository in the body, secrets, signed with, bound to; nil: refused
            ("crew/app", "crew/app=k1", "k1", "crew/app"),
            ("Crew/App", "crew/app=k1", "k1", "crew/app"),
            ("crew/other", "crew/app=k1", "k1", nil),
            ("", "crew/app=k1", "k1", nil),
            ("crew/app", "crew/app=k1=k2", "k1=k2", "crew/app"),
            ("crew/app", "a/b=k1,crew/app=k1", "k1", "crew/app"),
            ("crew/app", "crew/app=k1,k1", "k1", "crew/app"),
            ("crew/other", "crew/app=k1,k1", "k1", ""),
            ("crew/app", "plain=with=signs", "plain=with=signs", ""),
            ("crew/app", "whsec_crew/app=k1", "whsec_crew/app=k1", ""),
            ("group/sub/app", "group/sub/app=k1", "k1", "group/sub/app"),
        ] as [(String, String, String, String?)])
    func binding(repository: String, secrets: String, signedWith: String, expected: String?) throws {
        switch try reading(repository, secrets: secrets, signedWith: signedWith) {
        case .success(.signals(_, _, _, let boundTo)): #expect((boundTo ?? "") == expected)
        case .success(.ignored(let reason, _)): Issue.record("ignored: \(reason)")
        case .failure(let rejection): #expect(expected == nil && rejection == .badSignature, "\(rejection)")
        }
    }

    @Test(
        "Every image of an envelope must belong to the bound repository",
        arguments: [(["crew/app", "crew/app"], true), (["crew/app", "crew/other"], false), ([], false)])
    func envelope(repositories: [String], isTaken: Bool) throws {
        let events = repositories.map {
            """
            {"action": "push", "target": {"mediaType": "application/vnd.oci.image.manifest.v1+json",
             "digest": "sha256:aa", "repository": "\($0)"}, "request": {"host": "registry.example.org"}}
            """
        }
        let body = Array(#"{"events": [\#(events.joined(separator: ","))]}"#.utf8)
        let secrets = try SenderSecrets(parsing: "crew/app=k1", sender: .registry)
        let headers = [(name: "Authorization", value: "Bearer k1"), ("Content-Type", "application/json")]
        let reader = WebhookReader(secrets: [.registry: secrets], servers: [])
        let reading = Result { () throws(Rejection) in
            try reader.read(Delivery(sender: .registry, headers: headers, body: body), now: DeliveryFile.now)
        }
        #expect((reading != .failure(.badSignature)) == isTaken)
    }

    @Test(
        "A configuration that holds no secret is refused, names its variable and does not quote the text",
        arguments: [
            (Sender.gitea, ""), (.gitea, " "), (.github, "hidden-word,"), (.github, ",hidden-word"),
            (.bitbucket, "hidden/word="), (.registry, "hidden/word=="), (.generic, "whsec_"),
            (.gitlab, "whsec_hidden-word!"),
        ])
    func malformed(sender: Sender, text: String) throws {
        let error = #expect(throws: SenderSecrets.Malformed.self) { try SenderSecrets(parsing: text, sender: sender) }
        let message = try #require(error?.description)
        #expect(message.contains("SAGA_WEBHOOK_\(sender.rawValue.uppercased())_SECRET, entry"))
        #expect(!message.contains("hidden"))
    }
}
