import SagaCore

/// A commit status that Woodpecker set on a forge, one for every workflow, in the words all forges share.
struct CommitStatus {
    var link: WoodpeckerLink
    var url: String?
    var context: String?
    /// Already in Woodpecker's words.
    var status: String
    var repo: String
    var commit: String?
    var branch: String?
    var at: Moment?

    /// Of one workflow where the link has its number or the context its name, else of the pipeline as a whole.
    var signal: Signal {
        let context = StatusContext(context ?? "")
        let isWorkflow = link.workflowNumber != nil || context.event != nil
        return Signal(
            kind: isWorkflow ? .workflow : .pipeline, server: link.server, repo: repo, number: link.number,
            status: status, repoID: link.repoID, workflow: isWorkflow ? context.workflow : nil,
            workflowNumber: link.workflowNumber, commit: commit, branch: branch, event: context.event, url: url, at: at)
    }
}

/// A status context in Woodpecker's default format, `{{context}}/{{event}}/{{workflow}}[/{{axis}}]`.
///
/// The event's word is looked for behind the first part, since the leading context may be any text. Where the format
/// was changed so that no event stands in it, the whole text is taken as the workflow's name.
struct StatusContext: Hashable {
    var event: String?
    var workflow: String?

    private static let events: Set<Substring> = [
        "push", "pr", "pull_request", "pull_request_closed", "pull_request_metadata", "tag", "release", "deployment",
        "cron", "manual",
    ]

    init(_ context: String) {
        let parts = context.split(separator: "/", omittingEmptySubsequences: false)
        guard let index = parts.dropFirst().firstIndex(where: { Self.events.contains($0) }), index + 1 < parts.count
        else {
            workflow = context.isEmpty ? nil : context
            return
        }
        event = parts[index] == "pr" ? "pull_request" : String(parts[index])
        var name = parts[(index + 1)...]
        if name.count > 1, let axis = name.last, Int(axis) != nil { name.removeLast() }
        workflow = name.joined(separator: "/")
    }
}
