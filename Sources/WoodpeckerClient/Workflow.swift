package import SagaCore

/// One workflow of a pipeline. Copies of a matrix share the name and differ by `pid` and `environ`.
package struct Workflow: Hashable, Sendable {
    package var id: Int64
    /// Its number inside the pipeline, from 1.
    package var pid: Int64
    package var name: String
    /// In the server's words, the same as a pipeline's.
    package var state: String
    package var error: String
    package var started: Moment?
    package var finished: Moment?
    /// The matrix axis.
    package var environ: [String: String]
    package var children: [Step]

    package struct Step: Hashable, Sendable {
        package var id: Int64
        package var pid: Int64
        package var name: String
        package var state: String
        package var error: String
        package var exitCode: Int64
        /// `clone`, `service`, `plugin`, `commands` or `cache`.
        package var type: String
        package var started: Moment?
        package var finished: Moment?

        package var knownState: PipelineStatus? { PipelineStatus(rawValue: state) }
    }

    package var knownState: PipelineStatus? { PipelineStatus(rawValue: state) }
}

extension Workflow {
    init?(_ json: JSONValue) {
        guard json.objectValue != nil else { return nil }
        id = json["id"]?.intValue ?? 0
        pid = json["pid"]?.intValue ?? 0
        name = json.string("name")
        state = json.string("state")
        error = json.string("error")
        started = json.moment("started")
        finished = json.moment("finished")
        environ = (json["environ"]?.objectValue ?? [:]).compactMapValues { $0.isNull ? nil : $0.text }
        children = json.items("children").compactMap(Step.init)
    }
}

extension Workflow.Step {
    init?(_ json: JSONValue) {
        guard json.objectValue != nil else { return nil }
        id = json["id"]?.intValue ?? 0
        pid = json["pid"]?.intValue ?? 0
        name = json.string("name")
        state = json.string("state")
        error = json.string("error")
        exitCode = json["exit_code"]?.intValue ?? 0
        type = json.string("type")
        started = json.moment("started")
        finished = json.moment("finished")
    }
}
