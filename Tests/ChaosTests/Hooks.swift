import Crypto
import SagaCore

/// Deliveries as Gitea sends them for a commit status of Woodpecker.
enum Hooks {
    static func status(number: Int, workflow: String, state: String) -> [UInt8] {
        // Told apart by the sender's clock: what ended did so after it began.
        let second = state == "pending" ? "07" : "42"
        let json: JSONValue = [
            "id": .int(Int64(number)), "sha": "4f2c9d1e7a6b58034c1d2e3f405162738495a6b7", "state": .string(state),
            "context": .string("ci/woodpecker/push/\(workflow)"), "description": "",
            "target_url": .string("https://ci.example.com/repos/7/pipeline/\(number)/1"),
            "created_at": .string("2026-01-31T09:05:\(second)Z"), "updated_at": .string("2026-01-31T09:05:\(second)Z"),
            "repository": ["id": 3, "full_name": "octo/app"], "sender": ["login": "ada"],
        ]
        return Array(json.prettyJSON.utf8)
    }

    static func headers(_ body: [UInt8], id: String) -> [(String, String)] {
        let signature = HMAC<SHA256>.authenticationCode(
            for: body, using: SymmetricKey(data: Array(Fleet.secret.utf8)))
        let hex = signature.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return [
            ("Content-Type", "application/json"), ("X-Gitea-Event", "status"), ("X-Gitea-Delivery", id),
            ("X-Gitea-Signature", hex),
        ]
    }
}
