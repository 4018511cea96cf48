package import SagaCore

extension FakeWoodpecker {
    package struct Repo: Sendable {
        package internal(set) var id: Int64
        package internal(set) var fullName: String
        package var defaultBranch = "main"
        package var isPrivate = false
        /// What its configuration makes of a pipeline: workflows with their steps.
        package var workflows: [(name: String, steps: [String])] = [("build", ["clone", "test"])]
        package var creation = Creation.runs
        /// How the pipelines to come end by themselves, one after the other; where none is left they stay pending.
        package var endings: [String] = []
        package internal(set) var runs: [Run] = []
    }

    /// What becomes of a pipeline that is created by hand.
    package enum Creation: Hashable, Sendable {
        case runs
        /// No workflow wants the event `manual`.
        case filtered
        /// The configuration cannot be read.
        case broken(String)
    }

    /// A pipeline.
    package struct Run: Hashable, Sendable {
        package var id: Int64
        package var number: Int64
        package var parent: Int64 = 0
        package var rerunCount: Int64 = 0
        package var event = "manual"
        package var status = "pending"
        package var commit = "c0ffee0123456789c0ffee0123456789c0ffee01"
        package var branch = "main"
        package var author = "ada"
        package var errors: [String] = []
        package var variables: [String: String] = [:]
        package var canceledBy: String?
        /// The pipeline that took its place.
        package var supersededBy: Int64?
        package var created: Moment
        package var started: Moment?
        package var finished: Moment?
        package var workflows: [Workflow] = []
    }

    package struct Workflow: Hashable, Sendable {
        package var id: Int64
        package var pid: Int64
        package var name: String
        package var state = "pending"
        package var error = ""
        package var started: Moment?
        package var finished: Moment?
        package var steps: [Step] = []
    }

    package struct Step: Hashable, Sendable {
        package var id: Int64
        package var pid: Int64
        package var name: String
        package var state = "pending"
        package var error = ""
        package var exitCode: Int64 = 0
        package var started: Moment?
        package var finished: Moment?
    }
}

extension FakeWoodpecker.Repo {
    var json: JSONValue {
        let parts = fullName.split(separator: "/").map(String.init)
        return [
            "id": .int(id), "full_name": .string(fullName), "owner": .string(parts.dropLast().joined(separator: "/")),
            "name": .string(parts.last ?? ""), "default_branch": .string(defaultBranch), "private": .bool(isPrivate),
            "visibility": isPrivate ? "private" : "public", "forge_url": .string("https://forge.example/\(fullName)"),
            "active": true, "timeout": 60,
        ]
    }
}

extension FakeWoodpecker.Run {
    /// Lists leave the workflows out.
    func json(withWorkflows: Bool) -> JSONValue {
        .object(compacting: [
            "id": .int(id), "number": .int(number), "parent": .int(parent), "rerun_count": .int(rerunCount),
            "event": .string(event), "status": .string(status), "commit": .string(commit), "branch": .string(branch),
            "ref": .string("refs/heads/\(branch)"), "author": .string(author),
            "message": .string("MANUAL PIPELINE @ \(branch)"),
            "errors": .array(errors.map { ["type": "compiler", "message": .string($0), "is_warning": false] }),
            "variables": .object(variables.mapValues { .string($0) }),
            "cancel_info": cancelInfo, "created": seconds(created),
            "updated": seconds(finished ?? started ?? created), "started": seconds(started),
            "finished": seconds(finished),
            "workflows": withWorkflows ? .array(workflows.map { $0.json(of: self) }) : nil,
        ])
    }

    private var cancelInfo: JSONValue? {
        guard canceledBy != nil || supersededBy != nil else { return nil }
        return .object(compacting: [
            "canceled_by_user": canceledBy.map { .string($0) }, "superseded_by": supersededBy.map { .int($0) },
        ])
    }

    var isOpen: Bool { PipelineStatus(rawValue: status)?.isTerminal != true }
}

extension FakeWoodpecker.Workflow {
    func json(of run: FakeWoodpecker.Run) -> JSONValue {
        .object(compacting: [
            "id": .int(id), "pipeline_id": .int(run.id), "pid": .int(pid), "name": .string(name),
            "state": .string(state), "error": error.isEmpty ? nil : .string(error), "started": seconds(started),
            "finished": seconds(finished),
            "children": .array(
                steps.map { step in
                    .object(compacting: [
                        "id": .int(step.id), "pipeline_id": .int(run.id), "pid": .int(step.pid), "ppid": .int(pid),
                        "name": .string(step.name), "state": .string(step.state),
                        "error": step.error.isEmpty ? nil : .string(step.error), "exit_code": .int(step.exitCode),
                        "type": "commands", "started": seconds(step.started), "finished": seconds(step.finished),
                    ])
                }),
        ])
    }
}

/// The API's times: whole seconds, 0 for "not yet".
private func seconds(_ moment: Moment?) -> JSONValue {
    .int((moment?.milliseconds ?? 0) / 1000)
}
