import SagaCore
import TestSupport
import Testing
import Webhooks

extension DeliveryFile: CustomTestStringConvertible {
    public var testDescription: String { "\(sender.rawValue)/\(name)" }
}

extension DeliveryFile {
    var headers: [(name: String, value: String)] { headers() }
    var delivery: Delivery { Delivery(sender: sender, headers: headers, body: body) }

    static let all: [DeliveryFile] = {
        do {
            return try Sender.allCases.flatMap(load)
        } catch {
            Issue.record(error, "the deliveries cannot be read")
            return []
        }
    }()

    static func reader(servers: [String] = [server]) throws -> WebhookReader {
        var secrets: [Sender: SenderSecrets] = [:]
        for sender in Sender.allCases {
            secrets[sender] = try SenderSecrets(parsing: "\(signingKey), \(secret)", sender: sender)
        }
        return WebhookReader(secrets: secrets, servers: servers)
    }
}
