import SagaCore

/// Anybody's own program: the signal JSON of `POST /api/v1/signals`, or CDEvents in a CloudEvent.
enum GenericDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { mediaType == "application/cloudevents+json" }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        if secret.hasPrefix(SigningKey.prefix) {
            guard let key = SigningKey(secret) else { return false }
            return StandardWebhooks.isAuthentic(delivery, key: key, now: now)
        }
        let authorization = delivery.header("authorization") ?? ""
        let token = Authenticity.withoutBearer(authorization)
        return token != authorization && Authenticity.isSameToken(token, secret)
    }

    static func repositories(in message: Message) -> [String] {
        let json = message.json
        if let event = CDEvent(message) { return [event.custom["repo"]?.stringValue].compactMap { $0 } }
        return [json.text("repo")].compactMap { $0 }
    }

    static func deliveryID(of message: Message) -> String? {
        CDEvent(message)?.identity ?? message.delivery.firstHeader("webhook-id")
    }

    static func signals(in message: Message) throws(Stop) -> [Signal] {
        if let event = CDEvent(message) { return [try event.signal(servers: message.servers)] }
        guard message.delivery.mediaType == "application/json", message.delivery.header("ce-type") == nil else {
            throw .ignored("a CloudEvent that is no CDEvent")
        }
        do {
            return [try Signal(json: message.json)]
        } catch {
            throw .unreadable(error.description)
        }
    }
}
