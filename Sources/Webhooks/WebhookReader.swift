package import SagaCore

/// Turns one delivery into signals: the signature first, on the bytes as they came, and only then the content.
package struct WebhookReader: Sendable {
    /// The largest body any sender posts.
    package static let bodyLimit = 25 * 1024 * 1024

    private let secrets: [Sender: SenderSecrets]
    private let servers: WoodpeckerServers

    /// `servers` are the known Woodpecker addresses; with none of them any address is believed.
    package init(secrets: [Sender: SenderSecrets], servers: [String]) {
        self.secrets = secrets
        self.servers = WoodpeckerServers(known: servers)
    }

    package func read(_ delivery: Delivery, now: Moment) throws(Rejection) -> Reading {
        guard let entries = secrets[delivery.sender]?.entries else { throw .closed }
        guard delivery.body.count <= Self.bodyLimit else { throw .tooLarge }
        let dialect = delivery.sender.dialect
        let text = try Self.jsonText(of: delivery, dialect: dialect)
        let verifying = entries.filter {
            dialect.isAuthentic(delivery, json: text, secret: $0.secret, now: now)
        }
        guard !verifying.isEmpty else { throw .badSignature }
        let message = Message(delivery: delivery, json: try Self.parse(text), servers: servers)
        let boundTo = try Self.binding(of: verifying, repositories: dialect.repositories(in: message))
        let id = dialect.deliveryID(of: message)
        do {
            let signals = try dialect.signals(in: message)
            let key = SemanticKey.of(signals, sender: delivery.sender, deliveryID: id)
            return .signals(signals, deliveryID: id, semanticKey: key, boundTo: boundTo)
        } catch {
            switch error {
            case .ignored(let reason): return .ignored(reason: reason, deliveryID: id)
            case .unreadable(let reason): throw .unreadable(reason)
            }
        }
    }

    private static let form = "application/x-www-form-urlencoded"

    private static func jsonText(of delivery: Delivery, dialect: any Dialect.Type) throws(Rejection) -> [UInt8]? {
        let type = delivery.mediaType
        guard !delivery.isEncoded, type == "application/json" || dialect.accepts(type) else {
            throw .unsupportedMediaType
        }
        return type == form ? FormBody.payload(in: delivery.body) : delivery.body
    }

    private static func parse(_ text: [UInt8]?) throws(Rejection) -> JSONValue {
        guard let text else { throw .unreadable("the form has no readable 'payload' field") }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text)
        } catch {
            throw .unreadable("the body is no JSON: \(error)")
        }
        guard json.objectValue != nil else { throw .unreadable("the body must be a JSON object") }
        return json
    }

    /// An unbound secret among the verifying ones holds for everything; else one must be bound to what the body names.
    private static func binding(
        of verifying: [SenderSecrets.Entry], repositories: [String]
    ) throws(Rejection) -> String? {
        let names = Set(repositories.map { $0.lowercased() })
        for entry in verifying {
            guard let repository = entry.repository else { return nil }
            if names == [repository.lowercased()] { return repository }
        }
        throw .badSignature
    }
}
