import HTTPTypes
import SagaCore

/// What a route takes and answers. The OpenAPI document is made of it, and the names of the parameters and members
/// that a caller sends are held against it, so neither can speak of what the other does not know.
struct RouteDescription: Sendable {
    enum Tag: String, CaseIterable, Sendable {
        case sagas, operations, journal, definitions, pipelines, signals, webhooks, health, dashboard

        var doc: String {
            switch self {
            case .sagas: "Start sagas and look at them."
            case .operations: "What people may ask of a saga or a step. Each is in the journal with who, when and why."
            case .journal: "What happened, as pages and as server-sent events."
            case .definitions: "Check a definition, and see what it would do, without starting it."
            case .pipelines: "Restart a pipeline of Woodpecker that sagas wait for."
            case .signals: "News of pipelines and images, which may end a wait."
            case .webhooks: "Deliveries of forges and registries."
            case .health: "Whether the receiver works, for probes, monitoring and operators."
            case .dashboard: "The pages for people."
            }
        }
    }

    struct Parameter: Sendable {
        var name: String
        var schema: Schema
        var doc: String
    }

    struct Body: Sendable {
        var schema: Schema
        var isRequired = true
        /// In the order of preference.
        var types = ["application/json"]
        var example: JSONValue?
    }

    struct Answer: Sendable {
        var status: HTTPResponse.Status
        var doc: String
        /// Nil for an answer without a body.
        var schema: Schema?
        var type = "application/json"
        var headers: [Parameter] = []
    }

    /// Unique, and what generated clients call the operation.
    var id: String
    var tag: Tag
    var summary: String
    var details = ""
    var query: [Parameter] = []
    var headers: [Parameter] = []
    /// What cannot be told of a path's parameters by their names alone.
    var path: [Parameter] = []
    var body: Body?
    var answers: [Answer]
    /// The problems that are this route's own, beside those that follow from its access and parameters.
    var problems: [HTTPResponse.Status: String] = [:]
    /// How problems are told.
    var problemType = "application/problem+json"
    var problemSchema = Schema.component("Problem")
}

extension RouteDescription.Parameter {
    init(_ name: String, _ schema: Schema) {
        self.init(name: name, schema: schema, doc: schema.members["description"]?.stringValue ?? "")
    }
}

extension RouteDescription.Answer {
    static func ok(_ doc: String, _ schema: Schema) -> Self { Self(status: .ok, doc: doc, schema: schema) }

    /// Server-sent events, which no schema can describe.
    static func events(_ doc: String) -> Self {
        Self(status: .ok, doc: doc, schema: .text("Server-sent events."), type: "text/event-stream")
    }
}
