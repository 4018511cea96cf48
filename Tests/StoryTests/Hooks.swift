import Crypto
import SagaCore

/// Deliveries as Gitea sends them for a commit status of Woodpecker.
enum Hooks {
    static func status(
        number: Int, state: String = "success", workflow: String = "build", id: Int = 1
    ) -> [UInt8] {
        let json: JSONValue = [
            "id": .int(Int64(id)), "sha": "4f2c9d1e7a6b58034c1d2e3f405162738495a6b7", "state": .string(state),
            "context": .string("ci/woodpecker/push/\(workflow)"), "description": "",
            "target_url": .string("https://ci.example.com/repos/7/pipeline/\(number)/1"),
            "created_at": "2026-01-31T09:05:07Z", "updated_at": "2026-01-31T09:05:07Z",
            "repository": ["id": 3, "full_name": "octo/app"], "sender": ["login": "ada"],
        ]
        return Array(json.prettyJSON.utf8)
    }

    static func sign(_ body: [UInt8], _ secret: String = Receiver.secret) -> String {
        HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
            .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    static func gitea(_ body: [UInt8], id: String, signature: String? = nil) -> [(String, String)] {
        [
            ("X-Gitea-Event", "status"), ("X-Gitea-Delivery", id), ("X-Gitea-Signature", signature ?? sign(body)),
        ]
    }
}
