import SagaCore
import TestSupport
import Testing
import Webhooks

@Suite("Only who knows the secret is heard")
struct AuthenticityTests {
    static let body = Array(
        #"{"repository":{"full_name":"crew/app"},"project":{"path_with_namespace":"crew/app"}}"#.utf8)
    static let now = DeliveryFile.now

    /// The status a delivery is answered with where it is turned away, nil where it is taken.
    private func refusal(
        _ sender: Sender, _ headers: [(name: String, value: String)], body: [UInt8] = body,
        secrets: String = DeliveryFile.secret, now: Moment = now
    ) throws -> Int? {
        let reader = WebhookReader(
            secrets: [sender: try SenderSecrets(parsing: secrets, sender: sender)], servers: [])
        let all = headers + [("Content-Type", "application/json")]
        do throws(Rejection) {
            _ = try reader.read(Delivery(sender: sender, headers: all, body: body), now: now)
            return nil
        } catch {
            return error.httpStatus
        }
    }

    @Test("GitHub's published example verifies")
    func githubVector() throws {
        let code = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        let secret = "It's a Secret to Everybody"
        let body = Array("Hello, World!".utf8)
        // It is no JSON, so an accepted signature shows in a refusal of the content.
        #expect(try refusal(.github, [("X-Hub-Signature-256", "sha256=" + code)], body: body, secrets: secret) == 400)
        #expect(try refusal(.gitea, [("X-Gitea-Signature", code)], body: body, secrets: secret) == 400)
        #expect(try refusal(.bitbucket, [("X-Hub-Signature", "sha256=" + code)], body: body, secrets: secret) == 400)
        #expect(try refusal(.github, [("X-Hub-Signature-256", code)], body: body, secrets: secret) == 401)
    }

    @Test(
        "The Standard Webhooks example verifies, within five minutes of its time", arguments: [Sender.generic, .gitlab])
    func standardVector(sender: Sender) throws {
        let headers = [
            (name: "Webhook-Id", value: "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("Webhook-Timestamp", "1614265330"),
            ("Webhook-Signature", "v1a,AAAA v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ]
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        let body = Array(#"{"test": 2432232314}"#.utf8)
        for (seconds, isTaken) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            let now = Moment(milliseconds: 1_614_265_330_000) + .seconds(seconds)
            let status = try refusal(sender, headers, body: body, secrets: secret, now: now)
            #expect((status != 401) == isTaken, "\(seconds) s away")
        }
        let late = [("webhook-timestamp", "99999999999999999999"), headers[0], headers[2]]
        #expect(try refusal(sender, late, body: body, secrets: secret) == 401)
    }

    @Test("A proper proof is taken, another secret's, an empty and a missing one are not", arguments: Sender.allCases)
    func proofs(sender: Sender) throws {
        let secrets = sender == .generic ? DeliveryFile.signingKey : DeliveryFile.secret
        let good = Proof.headers(for: sender, body: Self.body, json: Self.body)
        #expect(try refusal(sender, good, secrets: secrets) != 401)
        #expect(try refusal(sender, []) == 401)
        for value in ["", "sha256=", "Bearer ", "v1,", "sha1=", "zz", "Bearer wrong"] {
            #expect(try refusal(sender, good.map { ($0.name, value) }, secrets: secrets) == 401, "'\(value)'")
        }
        if sender != .gitlab, sender != .registry, sender != .harbor {
            #expect(try refusal(sender, good, body: Self.body + [0x20], secrets: secrets) == 401)
        }
        #expect(try refusal(sender, good, secrets: "another") == 401)
    }

    @Test("SHA-1 is never enough", arguments: [Sender.github, .gitea, .forgejo, .bitbucket])
    func sha1(sender: Sender) throws {
        let headers = [(name: "X-Hub-Signature", value: "sha1=757107ea0eb2509fc211221cce984b8a37570b6d")]
        #expect(try refusal(sender, headers) == 401)
    }

    @Test("Gitea and Forgejo may be verified by X-Hub-Signature-256 alone, but an empty signature of their own decides")
    func hubSignature() throws {
        let value = "sha256=" + Proof.hex(Self.body, DeliveryFile.secret)
        for (sender, own) in [(Sender.gitea, "X-Gitea-Signature"), (.forgejo, "X-Forgejo-Signature")] {
            #expect(try refusal(sender, [("X-Hub-Signature-256", value)]) == nil)
            #expect(try refusal(sender, [("X-Hub-Signature-256", value), (own, "")]) == 401)
        }
    }

    @Test("A form is verified as its sender signs it", arguments: [Sender.github, .gitea, .forgejo])
    func forms(sender: Sender) throws {
        let form = Proof.form(Self.body)
        let reader = try DeliveryFile.reader()
        for (signed, isTaken) in [(form, sender == .github), (Self.body, sender != .github)] {
            let headers = Proof.headers(for: sender, body: signed, json: signed)
            let delivery = Delivery(
                sender: sender, headers: headers + [("content-type", "application/x-www-form-urlencoded")], body: form)
            let reading = Result { () throws(Rejection) in try reader.read(delivery, now: Self.now) }
            #expect((reading != .failure(.badSignature)) == isTaken)
        }
    }

    @Test("While a secret is being replaced, both hold", arguments: Sender.allCases)
    func rotation(sender: Sender) throws {
        for secret in ["old-one", "new-one"] {
            let proof =
                sender == .generic
                ? [(name: "Authorization", value: "bearer \(secret)")]
                : Proof.headers(for: sender, body: Self.body, json: Self.body, secret: secret)
            #expect(try refusal(sender, proof, secrets: "old-one , new-one") != 401)
            #expect(try refusal(sender, proof, secrets: "newer-one") == 401)
        }
    }

    @Test(
        "A registry's secret is compared with and without Bearer on either side", arguments: [Sender.registry, .harbor])
    func bearer(sender: Sender) throws {
        for (secret, value, isTaken) in [
            ("s3cret", "Bearer s3cret", true), ("Bearer s3cret", "s3cret", true), ("Basic YTpi", "Basic YTpi", true),
            ("s3cret", "Basic s3cret", false), ("s3cret", "Bearer", false),
        ] {
            #expect(try (refusal(sender, [("authorization", value)], secrets: secret) != 401) == isTaken)
        }
        #expect(try refusal(.generic, [("Authorization", "s3cret")], secrets: "s3cret") == 401)
    }

    @Test("A sender without a secret is closed, whatever it sends", arguments: Sender.allCases)
    func closed(sender: Sender) throws {
        let reader = WebhookReader(secrets: [:], servers: [])
        let delivery = Delivery(sender: sender, headers: [], body: [])
        #expect(throws: Rejection.closed) { try reader.read(delivery, now: Self.now) }
    }

    @Test("No refusal's text holds the secret or the expected signature", arguments: Sender.allCases)
    func texts(sender: Sender) throws {
        let code = Proof.hex(Self.body, DeliveryFile.secret)
        let secrets = try SenderSecrets(parsing: DeliveryFile.secret, sender: sender)
        let reader = WebhookReader(secrets: [sender: secrets], servers: [])
        let wrong = Proof.headers(for: sender, body: Self.body, json: Self.body, secret: "wrong")
        let delivery = Delivery(
            sender: sender, headers: wrong + [("Content-Type", "application/json")], body: Self.body)
        let error = #expect(throws: Rejection.self) { try reader.read(delivery, now: Self.now) }
        var texts =
            "\(String(describing: error)) \(String(reflecting: error)) \(secrets) \(String(reflecting: secrets))"
        dump(reader, to: &texts)
        #expect(!texts.contains(DeliveryFile.secret))
        #expect(!texts.contains(code))
    }
}
