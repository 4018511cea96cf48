import SagaCore

/// GitLab: a token in the clear, or a Standard Webhooks signature where the secret is a `whsec_` signing token.
///
/// A status that Woodpecker sets becomes a pipeline of the source `external`; no webhook carries its link, so such
/// a signal names the commit alone: its numbers are GitLab's and would mislead.
enum GitLabDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { false }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        if secret.hasPrefix(SigningKey.prefix) {
            guard let key = SigningKey(secret) else { return false }
            return StandardWebhooks.isAuthentic(delivery, key: key, now: now)
        }
        return Authenticity.isSameToken(delivery.header("x-gitlab-token") ?? "", secret)
    }

    static func repositories(in message: Message) -> [String] { [project(message.json)?.name].compactMap { $0 } }

    /// Only this one stays the same over retries and differs between deliveries; GitLab's UUIDs do not.
    static func deliveryID(of message: Message) -> String? {
        message.delivery.firstHeader("idempotency-key", "webhook-id")
    }

    /// Told apart by `object_kind`: a system hook has one event name for everything.
    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let json = message.json
        switch json.text("object_kind") {
        case "pipeline":
            let pipeline = try pipeline(json)
            return [pipeline] + jobs(json, of: pipeline)
        case "build": return [try job(json)]
        case let other: throw .ignored(other.map { "event '\($0)'" } ?? "a delivery without an 'object_kind'")
        }
    }

    private static func pipeline(_ json: JSONValue) throws(Stop) -> Signal {
        guard let run = json["object_attributes"], let project = project(json) else {
            throw .unreadable("'object_attributes' or 'project' is missing")
        }
        let isTag = run["tag"]?.boolValue == true
        let source = ForgeWords.event(run.text("source"))
        let isExternal = source == "external"
        return Signal(
            kind: .pipeline, server: isExternal ? "" : project.server, repo: project.name,
            number: isExternal ? nil : run.number("iid"), status: ForgeWords.gitlab(try run.require("status")),
            id: isExternal ? nil : run.number("id"), commit: run.text("sha"), branch: isTag ? nil : run.text("ref"),
            event: isExternal ? nil : isTag && source == "push" ? "tag" : source, url: run.text("url"),
            at: run.moment("finished_at") ?? run.moment("created_at"))
    }

    /// A pipeline that is over tells how each of its jobs ended, which its job hooks may not have told yet. The jobs of
    /// one that others report, such as Woodpecker, are their commit statuses.
    private static func jobs(_ json: JSONValue, of pipeline: Signal) -> [Signal] {
        guard pipeline.number != nil, PipelineStatus(rawValue: pipeline.status)?.isTerminal == true else { return [] }
        return (json["builds"]?.arrayValue ?? []).prefix(mostJobs).compactMap { job in
            guard let name = job.text("name"), let status = job.text("status") else { return nil }
            var signal = pipeline
            signal.kind = .step
            signal.step = name
            signal.status = ForgeWords.gitlab(status)
            signal.id = job.number("id")
            signal.error = status == "failed" ? job.text("failure_reason") : nil
            signal.url = nil
            signal.at = job.moment("finished_at") ?? pipeline.at
            return signal
        }
    }

    /// A delivery is stored at one go, so a pipeline that names more jobs than anybody waits for is not taken whole.
    private static let mostJobs = 100

    /// The commit stands in `sha`: `commit.id` is the pipeline's id here.
    private static func job(_ json: JSONValue) throws(Stop) -> Signal {
        guard let project = project(json) else { throw .unreadable("'project' is missing") }
        let status = try json.require("build_status")
        return Signal(
            kind: .step, server: project.server, repo: project.name,
            status: ForgeWords.gitlab(status), id: json.number("build_id"),
            step: try json.require("build_name"), commit: json.text("sha"),
            branch: json["tag"]?.boolValue == true ? nil : json.text("ref"), url: nil,
            // Other jobs have a reason as well, which means nothing.
            error: status == "failed" ? json.text("build_failure_reason") : nil,
            at: json.moment("build_finished_at") ?? json.moment("build_started_at")
                ?? json.moment("build_created_at"))
    }

    /// Older job hooks name the project by its home page alone (`project_name` is a label for people).
    private static func project(_ json: JSONValue) -> (server: String, name: String)? {
        if let name = json.text("project", "path_with_namespace") {
            return (ForgeWords.instance(of: json.text("project", "web_url"), repository: name), name)
        }
        guard let page = json.text("repository", "homepage") else { return nil }
        let server = ForgeWords.instance(of: page, repository: "")
        let path = ServerAddress.normalized(page).dropFirst(server.count + 1)
        return server.isEmpty || path.isEmpty ? nil : (server, String(path))
    }
}
