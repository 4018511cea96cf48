import SagaCore

/// The forges' own words, put into Woodpecker's; a word nobody knows is kept, and ends nothing.
enum ForgeWords {
    /// States of a commit status on Gitea, Forgejo and GitHub. Woodpecker says `warning` for a declined pipeline.
    static func commitState(_ state: String) -> String {
        state == "warning" ? PipelineStatus.declined.rawValue : state
    }

    /// Status and conclusion of the Actions family; the conclusion decides where there is one.
    static func actions(status: String?, conclusion: String?) -> String {
        switch conclusion ?? status ?? "" {
        case "success", "neutral": PipelineStatus.success.rawValue
        case "failure", "timed_out", "startup_failure": PipelineStatus.failure.rawValue
        case "cancelled", "stale": PipelineStatus.canceled.rawValue
        case "skipped": PipelineStatus.skipped.rawValue
        case "action_required", "blocked": PipelineStatus.blocked.rawValue
        case "queued", "requested", "waiting", "pending": PipelineStatus.pending.rawValue
        case "in_progress", "running": PipelineStatus.running.rawValue
        case let other: other
        }
    }

    /// GitLab's pipelines and jobs; `manual` and `scheduled` wait for a person or a time and are not over.
    static func gitlab(_ status: String) -> String {
        switch status {
        case "waiting_for_resource", "preparing", "waiting_for_callback": PipelineStatus.pending.rawValue
        case "canceling": PipelineStatus.running.rawValue
        case "failed": PipelineStatus.failure.rawValue
        case "canceled": PipelineStatus.killed.rawValue
        case "manual", "scheduled": PipelineStatus.blocked.rawValue
        case let other: other
        }
    }

    static func bitbucket(_ state: String) -> String {
        switch state {
        case "INPROGRESS": PipelineStatus.running.rawValue
        case "SUCCESSFUL": PipelineStatus.success.rawValue
        case "FAILED": PipelineStatus.failure.rawValue
        case "STOPPED": PipelineStatus.killed.rawValue
        case let other: other
        }
    }

    /// What set a run off, as Woodpecker calls it where it has a word for it.
    static func event(_ word: String?) -> String? {
        switch word {
        case "schedule": "cron"
        case "workflow_dispatch", "web": "manual"
        case "merge_request_event": "pull_request"
        case let other: other
        }
    }

    /// The forge's own address: a repository's page without the repository, else its scheme and host.
    static func instance(of page: String?, repository: String) -> String {
        guard let page else { return "" }
        let address = ServerAddress.normalized(page)
        let name = "/" + repository
        if address.lowercased().hasSuffix(name.lowercased()) { return String(address.dropLast(name.count)) }
        guard let schemeEnd = address.firstRange(of: "://") else { return "" }
        return String(address[..<schemeEnd.upperBound] + address[schemeEnd.upperBound...].prefix { $0 != "/" })
    }

    /// The host, with its port, of a URL.
    static func host(of url: String?) -> String? {
        let origin = instance(of: url, repository: "")
        guard let schemeEnd = origin.firstRange(of: "://"), schemeEnd.upperBound < origin.endIndex else { return nil }
        return String(origin[schemeEnd.upperBound...])
    }
}

/// Names of images as people write them in `image: registry/name:tag`.
enum ImageName {
    /// A registry's name and repository have no capitals; forges that show an owner's must be put straight.
    static func of(host: String, repository: String, tag: String?) -> String {
        host.lowercased() + "/" + repository.lowercased() + (tag.map { ":" + $0 } ?? "")
    }

    static func isDigest(_ text: String) -> Bool { text.hasPrefix("sha256:") || text.hasPrefix("sha512:") }

    static func isManifest(_ mediaType: String) -> Bool {
        [
            "application/vnd.docker.distribution.manifest.", "application/vnd.oci.image.manifest.",
            "application/vnd.oci.image.index.",
        ].contains { mediaType.hasPrefix($0) }
    }
}
