/// What a pipeline, workflow, step or image was said to be by a webhook, a stream event or a `notify` call.
///
/// A signal is a hint about the outside world. Where the Woodpecker API can be read, that read decides; without it,
/// signals decide by themselves (`SignalVerdict`).
package struct Signal: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case pipeline
        case workflow
        case step
        case image
    }

    package var kind: Kind
    /// The Woodpecker address as in `CI_SYSTEM_URL`; empty for images, or where the sender cannot know it.
    package var server: String
    /// Full name, `owner/name`.
    package var repo: String
    package var number: Int64?
    /// The number that this pipeline is a restart of, where the sender told it.
    package var parent: Int64?
    /// In Woodpecker's words (`success`, `failure`, `running`, …). Unknown words are kept and end nothing.
    package var status: String
    /// Woodpecker's repository id, where the sender told it.
    package var repoID: Int64?
    package var id: Int64?
    package var workflow: String?
    /// The workflow's number inside its pipeline; tells the copies of a matrix apart.
    package var workflowNumber: Int64?
    package var step: String?
    package var commit: String?
    package var branch: String?
    package var event: String?
    package var url: String?
    /// `registry/name`, with `:tag` where the push was by tag.
    package var image: String?
    package var digest: String?
    package var mediaType: String?
    package var exitCode: Int64?
    package var error: String?
    /// When it happened, by the sender's clock.
    package var at: Moment?

    package init(
        kind: Kind, server: String = "", repo: String = "", number: Int64? = nil, status: String,
        repoID: Int64? = nil, id: Int64? = nil, workflow: String? = nil, workflowNumber: Int64? = nil,
        step: String? = nil, commit: String? = nil, branch: String? = nil, event: String? = nil, url: String? = nil,
        image: String? = nil, digest: String? = nil, mediaType: String? = nil, exitCode: Int64? = nil,
        error: String? = nil, at: Moment? = nil, parent: Int64? = nil
    ) {
        self.kind = kind
        self.server = server
        self.repo = repo
        self.number = number
        self.status = status
        self.repoID = repoID
        self.id = id
        self.workflow = workflow
        self.workflowNumber = workflowNumber
        self.step = step
        self.commit = commit
        self.branch = branch
        self.event = event
        self.url = url
        self.image = image
        self.digest = digest
        self.mediaType = mediaType
        self.exitCode = exitCode
        self.error = error
        self.at = at
        self.parent = parent
    }
}

/// Woodpecker's eleven statuses, the same words for pipelines, workflows and steps.
package enum PipelineStatus: String, Hashable, Sendable, CaseIterable {
    case created, pending, running, blocked
    case success, failure, error, killed, canceled, declined, skipped

    package var isTerminal: Bool {
        switch self {
        case .created, .pending, .running, .blocked: false
        case .success, .failure, .error, .killed, .canceled, .declined, .skipped: true
        }
    }

    /// A person's decision: never retried by itself.
    package var isDecision: Bool {
        switch self {
        case .killed, .canceled, .declined: true
        case .created, .pending, .running, .blocked, .success, .failure, .error, .skipped: false
        }
    }
}
