import Crypto
import FoundationEssentials
package import SagaCore
package import Webhooks

/// How each sender proves itself, written a second time and apart from the reader.
package enum Proof {
    package static let headerNames: Set<String> = [
        "x-gitea-signature", "x-forgejo-signature", "x-hub-signature", "x-hub-signature-256", "x-gitlab-token",
        "authorization", "webhook-signature",
    ]

    package static func headers(
        for sender: Sender, body: [UInt8], json: [UInt8], secret: String = DeliveryFile.secret,
        at moment: Moment = DeliveryFile.now
    ) -> [(name: String, value: String)] {
        switch sender {
        case .gitea: [("X-Gitea-Signature", hex(json, secret)), ("X-Hub-Signature-256", "sha256=" + hex(json, secret))]
        case .forgejo: [("X-Forgejo-Signature", hex(json, secret)), ("X-Gitea-Signature", hex(json, secret))]
        case .github: [("X-Hub-Signature", "sha1=00"), ("X-Hub-Signature-256", "sha256=" + hex(body, secret))]
        case .gitlab: [("X-Gitlab-Token", secret)]
        case .bitbucket: [("X-Hub-Signature", "sha256=" + hex(body, secret))]
        case .registry: [("Authorization", "Bearer \(secret)")]
        case .harbor: [("Authorization", secret)]
        case .generic: standard(body, id: "msg_1", at: moment)
        }
    }

    package static func standard(
        _ body: [UInt8], id: String, at moment: Moment = DeliveryFile.now, key: String = "0123456789abcdef01234567"
    ) -> [(name: String, value: String)] {
        let seconds = String(moment.milliseconds / 1000)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(seconds).".utf8) + body, using: SymmetricKey(data: Array(key.utf8)))
        return [
            ("webhook-id", id), ("webhook-timestamp", seconds),
            ("webhook-signature", "v1," + Data(code).base64EncodedString()),
        ]
    }

    package static func hex(_ text: [UInt8], _ secret: String) -> String {
        HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: Array(secret.utf8)))
            .map { hex($0) }.joined()
    }

    package static func form(_ json: [UInt8]) -> [UInt8] {
        let escaped = json.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(Unicode.Scalar(byte))
            case UInt8(ascii: " "): "+"
            default: "%" + hex(byte).uppercased()
            }
        }
        return Array("payload=\(escaped.joined())&other=1".utf8)
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
