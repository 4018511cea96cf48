import SagaCore

/// What `notify` tells: how this workflow, or one step of it, ended.
enum Notice {
    /// - Throws: every missing value at once.
    static func signal(
        _ settings: Settings, _ surroundings: Surroundings, at now: Moment
    ) throws(SettingsProblems) -> Signal {
        var problems: [String] = []
        func needed(_ name: String, _ value: String?, _ hint: String = "") -> String {
            if value == nil { problems.append("action 'notify' needs \(name), which is not set" + hint) }
            return value ?? ""
        }
        let build = settings.text(.build)
        let server = needed("CI_SYSTEM_URL", surroundings["CI_SYSTEM_URL"])
        let repo = needed("CI_REPO", surroundings["CI_REPO"])
        let number = Int64(needed("CI_PIPELINE_NUMBER", surroundings["CI_PIPELINE_NUMBER"]))
        if number == nil, surroundings["CI_PIPELINE_NUMBER"] != nil {
            problems.append("CI_PIPELINE_NUMBER is no number")
        }
        let status = needed(
            "CI_PIPELINE_STATUS", settings.text(.status) ?? surroundings["CI_PIPELINE_STATUS"],
            "; or give the setting 'status'")
        let workflow = surroundings["CI_WORKFLOW_NAME"]
        if build == nil { _ = needed("CI_WORKFLOW_NAME", workflow) }
        guard problems.isEmpty else { throw SettingsProblems(problems: problems) }
        return Signal(
            kind: build == nil ? .workflow : .step, server: server, repo: repo, number: number, status: status,
            workflow: workflow, workflowNumber: surroundings["CI_WORKFLOW_NUMBER"].flatMap { Int64($0) }, step: build,
            commit: surroundings["CI_COMMIT_SHA"], branch: surroundings["CI_COMMIT_BRANCH"],
            event: surroundings["CI_PIPELINE_EVENT"], url: surroundings["CI_PIPELINE_URL"], at: now,
            parent: surroundings.parent.flatMap { Int64($0) })
    }

    static func sentence(_ signal: Signal) -> String {
        let what = signal.step.map { "step '\($0)'" } ?? "workflow '\(signal.workflow ?? "")'"
        return "\(what) of \(signal.repo)#\(signal.number ?? 0): \(signal.status)"
    }
}
