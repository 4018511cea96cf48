import SagaCore

/// GitHub and GitHub Enterprise Server: the HMAC covers the body as it was sent, so the form's text for a form.
enum GitHubDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { mediaType == "application/x-www-form-urlencoded" }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        guard let signature = delivery.header("x-hub-signature-256") else { return false }
        return Authenticity.isPrefixedSignature(signature, of: delivery.body, secret: secret)
    }

    static func repositories(in message: Message) -> [String] {
        [message.json.text("repository", "full_name")].compactMap { $0 }
    }

    static func deliveryID(of message: Message) -> String? { message.delivery.firstHeader("x-github-delivery") }

    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let json = message.json
        switch message.delivery.firstHeader("x-github-event") {
        case "status": return [try status(message)]
        case "workflow_run": return [try ActionsRuns.run(json)]
        case "workflow_job": return [try ActionsRuns.job(json)]
        case "check_run": return [try checkRun(json)]
        case "package": return [try package(json["package"], in: json)]
        case "registry_package": return [try package(json["registry_package"], in: json)]
        case let other: throw .ignored(other.map { "event '\($0)'" } ?? "a delivery without an event's name")
        }
    }

    private static func status(_ message: Message) throws(Stop) -> Signal {
        let json = message.json
        let branches = json["branches"]?.arrayValue ?? []
        return CommitStatus(
            link: try message.servers.link(json.text("target_url")), url: json.text("target_url"),
            context: json.text("context"), status: ForgeWords.commitState(try json.require("state")),
            repo: try json.require("repository", "full_name"), commit: json.text("sha"),
            // A commit may be on several branches; only one of its own says something.
            branch: branches.count == 1 ? branches[0].text("name") : nil,
            at: json.moment("updated_at") ?? json.moment("created_at")
        ).signal
    }

    private static func checkRun(_ json: JSONValue) throws(Stop) -> Signal {
        guard let run = json["check_run"] else { throw .unreadable("'check_run' is missing") }
        let repo = try json.require("repository", "full_name")
        return Signal(
            kind: .step, server: ForgeWords.instance(of: json.text("repository", "html_url"), repository: repo),
            repo: repo,
            status: ForgeWords.actions(status: run.text("status"), conclusion: run.text("conclusion")),
            id: run.number("id"), step: try run.require("name"), commit: run.text("head_sha"),
            branch: run.text("check_suite", "head_branch"), url: run.text("html_url"),
            at: run.moment("completed_at") ?? run.moment("started_at"))
    }

    /// The digest says which image it is: the tag's name may be empty, and of a commit there is no reliable word.
    private static func package(_ package: JSONValue?, in json: JSONValue) throws(Stop) -> Signal {
        guard let package, let version = package["package_version"] else {
            throw .unreadable("'package_version' is missing")
        }
        let isContainer =
            package.text("package_type")?.lowercased() == "container"
            || version.at(["container_metadata"])?.objectValue != nil
        guard isContainer, ["published", "updated"].contains(json.text("action") ?? "") else {
            throw .ignored("a package that is no new container image")
        }
        let metadata = version["container_metadata"] ?? .null
        let (name, urlTag) = imageName(version.text("package_url") ?? "")
        guard let name = name ?? defaultName(package) else { throw .unreadable("'package_url' is missing") }
        let tag = metadata.text("tag", "name") ?? urlTag
        let digest = [
            version.text("version"), metadata.text("tag", "digest"), metadata.text("manifest", "digest"),
        ].compactMap { $0 }.first(where: ImageName.isDigest)
        guard tag != nil || digest != nil else { throw .ignored("an image with neither tag nor digest") }
        return Signal(
            kind: .image, repo: json.text("repository", "full_name") ?? "", status: PipelineStatus.success.rawValue,
            id: version.number("id"), url: version.text("html_url"),
            image: name + (tag.map { ":" + $0 } ?? ""), digest: digest,
            mediaType: metadata.text("manifest", "media_type"),
            at: version.moment("updated_at") ?? package.moment("updated_at"))
    }

    /// Takes `ghcr.io/owner/name:tag` apart; the tag may be empty.
    private static func imageName(_ url: String) -> (name: String?, tag: String?) {
        guard let slash = url.firstIndex(of: "/"), !url.contains("://") else { return (nil, nil) }
        let path = url[url.index(after: slash)...].split(separator: ":", maxSplits: 1)
        guard let repository = path.first else { return (nil, nil) }
        let name = ImageName.of(host: String(url[..<slash]), repository: String(repository), tag: nil)
        return (name, path.count > 1 ? String(path[1]) : nil)
    }

    private static func defaultName(_ package: JSONValue) -> String? {
        guard let owner = package.text("namespace"), let name = package.text("name") else { return nil }
        return ImageName.of(host: "ghcr.io", repository: owner + "/" + name, tag: nil)
    }
}
