import SagaCore

/// A CDEvents event, out of a CloudEvent in structured mode (`data`) or in binary mode (the body).
///
/// What counts stands in the body, which may be signed; the `ce-` headers never are.
struct CDEvent {
    private let json: JSONValue
    /// `pipelinerun.finished`: without the leading domain and the version, which differs between releases.
    private let type: String

    init?(_ message: Message) {
        let isStructured = message.delivery.mediaType.hasPrefix("application/cloudevents")
        guard let event = isStructured ? message.json["data"] : message.json,
            let name = event.text("context", "type"), name.hasPrefix("dev.cdevents.")
        else { return nil }
        json = event
        type = name.split(separator: ".").dropFirst(2).prefix(2).joined(separator: ".")
    }

    /// Source and id together are unique, and stay the same when it is sent again.
    var identity: String? {
        json.text("context", "id").map { (json.text("context", "source") ?? "") + "#" + $0 }
    }

    /// What the sender added for us: members as in the signal's own JSON, which win over what the event says itself.
    var custom: [String: JSONValue] { json["customData"]?.objectValue ?? [:] }

    func signal(servers: WoodpeckerServers) throws(Stop) -> Signal {
        switch type {
        case "pipelinerun.finished": return try run(.pipeline, servers: servers)
        case "taskrun.finished", "build.finished": return try run(.step, servers: servers)
        case "artifact.published": return try artifact()
        case let other: throw .ignored("event '\(other)'")
        }
    }

    private var content: JSONValue { json.at(["subject", "content"]) ?? .null }
    private var time: JSONValue? { json.moment("context", "timestamp").map { .string($0.description) } }

    /// The pipeline is named by `customData`, or by a link to its page on Woodpecker.
    private func run(_ kind: Signal.Kind, servers: WoodpeckerServers) throws(Stop) -> Signal {
        let links = [content.text("uri"), content.text("url"), json.text("subject", "id")].compactMap { $0 }
        let url = links.first { WoodpeckerLink($0) != nil }
        let link = custom["server"] == nil ? try servers.link(url ?? links.first) : url.flatMap(WoodpeckerLink.init)
        let name = content.text("taskName") ?? content.text("pipelineName") ?? json.text("subject", "id")
        var members: [String: JSONValue?] = [
            "kind": .string((link?.workflowNumber == nil ? kind : .workflow).rawValue),
            "status": status.map(JSONValue.string), "server": link.map { .string($0.server) },
            "number": link.map { .int($0.number) }, "repo_id": link.map { .int($0.repoID) },
            "workflow_number": link?.workflowNumber.map(JSONValue.int), "url": url.map(JSONValue.string), "at": time,
        ]
        let named = custom["kind"]?.stringValue ?? members["kind"]??.stringValue
        if let named, ["workflow", "step"].contains(named) { members[named] = name.map(JSONValue.string) }
        return try read(members, repoMayBeMissing: link != nil)
    }

    /// A build that finished has no outcome: that it finished is its success.
    private var status: String? {
        switch content.text("outcome") {
        case "cancel": PipelineStatus.canceled.rawValue
        case let outcome?: outcome
        case nil: type == "build.finished" ? PipelineStatus.success.rawValue : nil
        }
    }

    private func artifact() throws(Stop) -> Signal {
        let package = PackageURL(json.text("subject", "id") ?? "")
        guard package != nil || custom["image"] != nil else { throw .ignored("an artifact that is no image") }
        return try read(
            [
                "kind": "image", "status": .string(PipelineStatus.success.rawValue), "at": time,
                "image": package.map { .string($0.image) }, "digest": package?.digest.map(JSONValue.string),
            ], repoMayBeMissing: false)
    }

    private func read(_ members: [String: JSONValue?], repoMayBeMissing: Bool) throws(Stop) -> Signal {
        var all = members.compactMapValues { $0 }.merging(custom) { _, custom in custom }
        // The link has Woodpecker's id of the repository, which does for its name.
        let isUnnamed = repoMayBeMissing && all["repo"] == nil
        if isUnnamed { all["repo"] = "?" }
        do {
            var signal = try Signal(json: .object(all))
            if isUnnamed { signal.repo = "" }
            return signal
        } catch {
            throw .unreadable(error.description)
        }
    }
}

/// An image's package URL, `pkg:oci/app@sha256%3A…?repository_url=registry/team/app&tag=1.2`.
private struct PackageURL {
    var image: String
    var digest: String?

    init?(_ text: String) {
        guard text.hasPrefix("pkg:oci/") else { return nil }
        let halves = text.split(separator: "?", maxSplits: 1)
        var fields: [Substring: String] = [:]
        for field in halves.dropFirst().first?.split(separator: "&") ?? [] {
            let pair = field.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { fields[pair[0]] = Self.plain(pair[1]) }
        }
        guard let address = fields["repository_url"], let slash = address.firstIndex(of: "/") else { return nil }
        let repository = String(address[address.index(after: slash)...])
        image = ImageName.of(host: String(address[..<slash]), repository: repository, tag: fields["tag"])
        digest = halves[0].split(separator: "@").dropFirst().first.flatMap(Self.plain)
    }

    private static func plain(_ text: Substring) -> String? {
        FormBody.decoded(Array(text.utf8)[...]).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
