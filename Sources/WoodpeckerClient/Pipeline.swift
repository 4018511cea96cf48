package import SagaCore

/// A pipeline as the API and the event stream show it. Fields a server does not send are nil or empty.
package struct Pipeline: Hashable, Sendable {
    /// Unique on the server; a number can be used again after a deletion, an id cannot.
    package var id: Int64
    package var number: Int64
    /// The number this one is a restart of.
    package var parent: Int64?
    package var event: String
    /// In the server's words.
    package var status: String
    package var commit: String
    package var branch: String
    package var ref: String
    package var author: String
    package var message: String
    package var created: Moment?
    package var started: Moment?
    package var finished: Moment?
    /// Why it could not run; warnings are left out.
    package var errors: [String]
    package var variables: [String: String]
    package var rerunCount: Int64
    package var cancelInfo: CancelInfo?
    /// Empty in lists.
    package var workflows: [Workflow]

    package struct CancelInfo: Hashable, Sendable {
        package var canceledByUser: String?
        /// The number of the pipeline that took its place.
        package var supersededBy: Int64?
        package var canceledByStep: String?
    }

    /// Nil for a word this program does not know: not terminal, ask again.
    package var knownStatus: PipelineStatus? { PipelineStatus(rawValue: status) }

    /// Nil where the value has no number, which every pipeline has.
    package init?(_ json: JSONValue) {
        guard let number = json["number"]?.intValue else { return nil }
        self.number = number
        id = json["id"]?.intValue ?? 0
        parent = json["parent"]?.intValue.flatMap { $0 == 0 ? nil : $0 }
        event = json.string("event")
        status = json.string("status")
        commit = json.string("commit")
        branch = json.string("branch")
        ref = json.string("ref")
        author = json.string("author")
        message = json.string("message")
        created = json.moment("created")
        started = json.moment("started")
        finished = json.moment("finished")
        errors = json.items("errors").filter { $0["is_warning"]?.boolValue != true }.compactMap(Self.message(of:))
        variables = (json["variables"]?.objectValue ?? [:]).compactMapValues { $0.isNull ? nil : $0.text }
        rerunCount = json["rerun_count"]?.intValue ?? 0
        cancelInfo = json["cancel_info"].flatMap(CancelInfo.init)
        workflows = json.items("workflows").compactMap(Workflow.init)
    }

    private static func message(of error: JSONValue) -> String? {
        error["message"]?.stringValue ?? error.stringValue
    }
}

extension Pipeline.CancelInfo {
    /// Nil where nothing is said.
    init?(_ json: JSONValue) {
        canceledByUser = json.word("canceled_by_user")
        supersededBy = json["superseded_by"]?.intValue.flatMap { $0 == 0 ? nil : $0 }
        canceledByStep = json.word("canceled_by_step")
        if canceledByUser == nil, supersededBy == nil, canceledByStep == nil { return nil }
    }
}
