import FoundationEssentials
import SagaCore

/// A Standard Webhooks secret: `whsec_` and the key in base64; the key is the decoded bytes, not the text.
struct SigningKey {
    static let prefix = "whsec_"
    let bytes: [UInt8]

    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let bytes = Self.decode(text.dropFirst(Self.prefix.count)),
            !bytes.isEmpty
        else { return nil }
        self.bytes = bytes
    }

    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: String(text) + padding).map { [UInt8]($0) }
    }
}

/// Standard Webhooks 1.0: `v1` signatures over `id.timestamp.body`.
enum StandardWebhooks {
    /// How far the sender's clock may be from ours: what the format's own libraries allow.
    static let tolerance: Duration = .seconds(300)

    static func isAuthentic(_ delivery: Delivery, key: SigningKey, now: Moment) -> Bool {
        guard let id = delivery.header("webhook-id"), !id.isEmpty,
            let timestamp = delivery.header("webhook-timestamp"), let sent = moment(timestamp),
            abs(now - sent) <= tolerance,
            let signatures = delivery.header("webhook-signature")
        else { return false }
        let signed = Array("\(id).\(timestamp).".utf8) + delivery.body
        var isValid = false
        for entry in signatures.split(separator: " ") where entry.hasPrefix("v1,") {
            guard let code = SigningKey.decode(entry.dropFirst(3)) else { continue }
            isValid = Authenticity.isCode(code, of: signed, key: key.bytes) || isValid
        }
        return isValid
    }

    private static func moment(_ seconds: String) -> Moment? {
        guard let seconds = Int64(seconds) else { return nil }
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? nil : Moment(milliseconds: milliseconds)
    }

    private static func abs(_ duration: Duration) -> Duration {
        duration < .zero ? .zero - duration : duration
    }
}
