import SagaClient
import SagaCore
import Testing

@Suite("The mask for secrets")
struct SecretMaskTests {
    private func masked(_ json: JSONValue) -> JSONValue { SecretMask(for: json).masked(json) }

    @Test("values under telling names are hidden, whatever they are")
    func names() {
        #expect(
            masked([
                "API-Key": "a", "dbPassword": 7, "client_secret": ["x": 1], "Authorization": .null, "region": "north",
                "idempotency_key": "k", "attempts": 3,
            ]) == [
                "API-Key": "***", "dbPassword": "***", "client_secret": "***", "Authorization": .null,
                "region": "north", "idempotency_key": "k", "attempts": 3,
            ])
        #expect(masked(["name": "DEPLOY_TOKEN", "value": "v"]) == ["name": "DEPLOY_TOKEN", "value": "***"])
        #expect(masked(["name": "rotate-token", "status": "failed"]) == ["name": "rotate-token", "status": "failed"])
    }

    @Test("the same value is hidden wherever it turns up, also without the word before it")
    func echoes() {
        #expect(
            masked(["token": "abcdef", "headers": ["Authorization": "Bearer longer-one"], "log": "abcdef/longer-one."])
                == ["token": "***", "headers": ["Authorization": "***"], "log": "***/***."])
        #expect(masked(["password": "no", "log": "no news"]) == ["password": "***", "log": "no news"])
    }

    @Test(
        "credentials in texts are hidden",
        arguments: [
            ("git clone https://u:p@host/x", "git clone https://***@host/x"),
            ("curl -H 'Authorization: Bearer abcdef123'", "curl -H 'Authorization: Bearer ***'"),
            ("run --api-token=abc --x=1", "run --api-token=*** --x=1"),
            (#"PASSWORD="a b" make"#, "PASSWORD=*** make"),
            ("mail a@example.com about https://example.com/a", "mail a@example.com about https://example.com/a"),
        ])
    func texts(text: String, expected: String) {
        #expect(masked(["log": .string(text)]) == ["log": .string(expected)])
    }
}
