import SagaCore

/// Gitea: the HMAC covers the JSON text, also where it came inside a form.
enum GiteaDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { mediaType == "application/x-www-form-urlencoded" }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        GiteaFamily.isAuthentic(delivery, json: json, secret: secret, headers: ["x-gitea-signature"])
    }

    static func repositories(in message: Message) -> [String] { GiteaFamily.repositories(in: message.json) }

    static func deliveryID(of message: Message) -> String? { message.delivery.firstHeader("x-gitea-delivery") }

    /// Gitea 1.23.0 and 1.23.1 leave the event empty for a status; the event type is named all the same.
    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let event = message.delivery.firstHeader("x-gitea-event", "x-gitea-event-type")
        return [try GiteaFamily.signal(event: event, in: message)]
    }
}

/// Forgejo: Gitea's ways under its own header names, and results of its Actions instead of commit statuses.
enum ForgejoDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { GiteaDialect.accepts(mediaType) }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        GiteaFamily.isAuthentic(
            delivery, json: json, secret: secret, headers: ["x-forgejo-signature", "x-gitea-signature"])
    }

    static func repositories(in message: Message) -> [String] { GiteaFamily.repositories(in: message.json) }

    static func deliveryID(of message: Message) -> String? {
        message.delivery.firstHeader("x-forgejo-delivery", "x-gitea-delivery")
    }

    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let event = message.delivery.firstHeader(
            "x-forgejo-event", "x-forgejo-event-type", "x-gitea-event", "x-gitea-event-type")
        return [try GiteaFamily.signal(event: event, in: message)]
    }
}

/// What the two have in common, which is nearly everything: a Forgejo may also be hooked up as a Gitea.
enum GiteaFamily {
    /// The first of the headers that is there decides, even if it is empty: so is it without a secret.
    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, headers: [String]) -> Bool {
        guard let json else { return false }
        for header in headers {
            guard let signature = delivery.header(header) else { continue }
            return Authenticity.isSignature(signature, of: json, secret: secret)
        }
        guard let signature = delivery.header("x-hub-signature-256") else { return false }
        return Authenticity.isPrefixedSignature(signature, of: json, secret: secret)
    }

    static func repositories(in json: JSONValue) -> [String] {
        [
            json.text("repository", "full_name"), json.text("run", "repository", "full_name"),
            json.text("package", "repository", "full_name"),
        ].compactMap { $0 }
    }

    static func signal(event: String?, in message: Message) throws(Stop) -> Signal {
        switch event {
        case "status": try status(message)
        case "workflow_run": try ActionsRuns.run(message.json)
        case "workflow_job": try ActionsRuns.job(message.json)
        case "action_run_success", "action_run_failure", "action_run_recover": try actionRun(message.json)
        case "package": try package(message.json)
        case let other: throw .ignored(other.map { "event '\($0)'" } ?? "a delivery without an event's name")
        }
    }

    private static func status(_ message: Message) throws(Stop) -> Signal {
        let json = message.json
        return CommitStatus(
            link: try message.servers.link(json.text("target_url")), url: json.text("target_url"),
            context: json.text("context"), status: ForgeWords.commitState(try json.require("state")),
            repo: try json.require("repository", "full_name"), commit: json.text("sha"),
            at: json.moment("updated_at") ?? json.moment("created_at")
        ).signal
    }

    /// The truth is in `run.status`: `action_run_failure` also announces cancelled and skipped runs, and a success after
    /// a failure comes a second time as `action_run_recover`.
    private static func actionRun(_ json: JSONValue) throws(Stop) -> Signal {
        guard let run = json["run"] else { throw .unreadable("'run' is missing") }
        let repo = try run.require("repository", "full_name")
        return Signal(
            kind: .workflow, server: ForgeWords.instance(of: run.text("repository", "html_url"), repository: repo),
            repo: repo, number: run.number("index_in_repo"),
            status: ForgeWords.actions(status: try run.require("status"), conclusion: nil), id: run.number("id"),
            workflow: run.text("workflow_id"), commit: run.text("commit_sha"), branch: branch(run.text("prettyref")),
            event: ForgeWords.event(run.text("trigger_event") ?? run.text("event")), url: run.text("html_url"),
            at: run.moment("updated") ?? run.moment("stopped"))
    }

    /// `prettyref` is a branch, or `#12` for a pull request.
    private static func branch(_ ref: String?) -> String? {
        ref.flatMap { $0.hasPrefix("#") ? nil : $0 }
    }

    private static func package(_ json: JSONValue) throws(Stop) -> Signal {
        guard json.text("action") == "created", json.text("package", "type") == "container" else {
            throw .ignored("a package that is no new container image")
        }
        let version = try json.require("package", "version")
        let owner = try json.require("package", "owner", "login")
        guard let host = ForgeWords.host(of: json.text("package", "html_url")) else {
            throw .unreadable("'package.html_url' is missing")
        }
        let isDigest = ImageName.isDigest(version)
        return Signal(
            kind: .image,
            repo: json.text("package", "repository", "full_name") ?? json.text("repository", "full_name") ?? "",
            status: PipelineStatus.success.rawValue, id: json.number("package", "id"),
            url: json.text("package", "html_url"),
            image: ImageName.of(
                host: host, repository: owner + "/" + (try json.require("package", "name")),
                tag: isDigest ? nil : version),
            digest: isDigest ? version : nil, at: json.moment("package", "created_at"))
    }
}
