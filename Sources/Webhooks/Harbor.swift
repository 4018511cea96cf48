import SagaCore

/// Harbor: the `Authorization` value an administrator typed, and a push in Harbor's own format or as a CloudEvent.
enum HarborDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { mediaType == "application/cloudevents+json" }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        DistributionDialect.isAuthentic(delivery, json: json, secret: secret, now: now)
    }

    static func repositories(in message: Message) -> [String] {
        [data(message)?.text("repository", "repo_full_name")].compactMap { $0 }
    }

    /// Only the CloudEvents format has an id.
    static func deliveryID(of message: Message) -> String? { message.json.text("id") }

    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let type = message.json.text("type")
        guard type == "PUSH_ARTIFACT" || type == "harbor.artifact.pushed" else {
            throw .ignored(type.map { "event '\($0)'" } ?? "a delivery without a 'type'")
        }
        guard let data = data(message), let resources = data["resources"]?.arrayValue else {
            throw .unreadable("the pushed resources are missing")
        }
        let repository = try data.require("repository", "repo_full_name")
        let seconds = message.json.number("occur_at").flatMap { (1...4_102_444_800).contains($0) ? $0 : nil }
        let at = message.json.moment("time") ?? seconds.map { Moment(milliseconds: $0 * 1000) }
        let signals = resources.compactMap { signal($0, repository: repository, at: at) }
        guard !signals.isEmpty else { throw .unreadable("no pushed resource names its image") }
        return signals
    }

    private static func data(_ message: Message) -> JSONValue? {
        message.json.at(["event_data"]) ?? message.json.at(["data"])
    }

    /// A push without a tag carries the digest in the tag's place.
    private static func signal(_ resource: JSONValue, repository: String, at: Moment?) -> Signal? {
        guard let url = resource.text("resource_url"), let digest = resource.text("digest"),
            let host = url.split(separator: "/").first
        else { return nil }
        let tag = resource.text("tag").flatMap { ImageName.isDigest($0) ? nil : $0 }
        return Signal(
            kind: .image, status: PipelineStatus.success.rawValue,
            image: ImageName.of(host: String(host), repository: repository, tag: tag), digest: digest, at: at)
    }
}
