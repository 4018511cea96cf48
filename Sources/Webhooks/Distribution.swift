import SagaCore

/// A CNCF Distribution registry: an envelope of events, no signature, one configured `Authorization` header.
///
/// The registry repeats a refused envelope for ever and delivers nothing after it: an event that makes no sense is left
/// out, never refused.
enum DistributionDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool {
        mediaType.hasPrefix("application/vnd.docker.distribution.events.")
    }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        let given = Authenticity.withoutBearer(delivery.header("authorization") ?? "")
        return Authenticity.isSameToken(given, Authenticity.withoutBearer(secret))
    }

    static func repositories(in message: Message) -> [String] {
        events(message).compactMap { $0.text("target", "repository") }
    }

    /// The events keep their ids over retries; the envelope has none of its own.
    static func deliveryID(of message: Message) -> String? {
        let ids = events(message).compactMap { $0.text("id") }
        return ids.isEmpty ? nil : ids.joined(separator: "+")
    }

    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let signals = events(message).compactMap(signal)
        guard !signals.isEmpty else { throw .ignored("no pushed image among the events") }
        return signals
    }

    private static func events(_ message: Message) -> [JSONValue] { message.json["events"]?.arrayValue ?? [] }

    /// An image is there once its manifest is: blobs come as pushes of their own, before it.
    private static func signal(_ event: JSONValue) -> Signal? {
        guard event.text("action") == "push", let mediaType = event.text("target", "mediaType"),
            ImageName.isManifest(mediaType), let repository = event.text("target", "repository"),
            let digest = event.text("target", "digest"),
            let host = event.text("request", "host") ?? ForgeWords.host(of: event.text("target", "url"))
        else { return nil }
        return Signal(
            kind: .image, status: PipelineStatus.success.rawValue, url: event.text("target", "url"),
            image: ImageName.of(host: host, repository: repository, tag: event.text("target", "tag")),
            digest: digest, mediaType: mediaType, at: event.moment("timestamp"))
    }
}
