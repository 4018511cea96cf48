import SagaCore

/// `workflow_run` and `workflow_job`, which Gitea and Forgejo took over from GitHub.
///
/// Decided by status and conclusion, never by `action`: a run that waits for approval is `requested` and concluded.
enum ActionsRuns {
    static func run(_ json: JSONValue) throws(Stop) -> Signal {
        guard let run = json["workflow_run"] else { throw .unreadable("'workflow_run' is missing") }
        let repo = try json.require("repository", "full_name")
        let file = run.text("path").map { String($0.prefix { $0 != "@" }) }
        return Signal(
            kind: .workflow, server: ForgeWords.instance(of: json.text("repository", "html_url"), repository: repo),
            repo: repo, number: run.number("run_number"),
            status: ForgeWords.actions(status: run.text("status"), conclusion: run.text("conclusion")),
            id: run.number("id"), workflow: json.text("workflow", "name") ?? run.text("name") ?? file,
            commit: run.text("head_sha"), branch: run.text("head_branch"),
            event: ForgeWords.event(run.text("event")), url: run.text("html_url"),
            at: run.moment("updated_at") ?? run.moment("completed_at") ?? run.moment("started_at"))
    }

    static func job(_ json: JSONValue) throws(Stop) -> Signal {
        guard let job = json["workflow_job"] else { throw .unreadable("'workflow_job' is missing") }
        let repo = try json.require("repository", "full_name")
        return Signal(
            kind: .step, server: ForgeWords.instance(of: json.text("repository", "html_url"), repository: repo),
            repo: repo,
            status: ForgeWords.actions(status: job.text("status"), conclusion: job.text("conclusion")),
            id: job.number("id"), workflow: job.text("workflow_name"), step: try job.require("name"),
            commit: job.text("head_sha"), branch: job.text("head_branch"), url: job.text("html_url"),
            at: job.moment("completed_at") ?? job.moment("started_at") ?? job.moment("created_at"))
    }
}
