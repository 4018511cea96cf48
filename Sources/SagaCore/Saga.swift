/// One run of a definition. A value: it changes only through `decide`, and is true only once it is committed.
package struct Saga: Hashable, Sendable, Identifiable {
    /// A UUIDv7 in lower case, so that ids sort by time of creation.
    package var id: String
    package var definition: Definition
    package var status: SagaStatus
    package var vars: [String: JSONValue]
    /// The vars at the start, where an operator changed them since: they belong to the idempotency key's content.
    package var initialVars: [String: JSONValue]?
    package var origin: Origin
    /// In the definition's order, compensation steps included.
    package var steps: [Step]
    package var retryCount: Int
    /// Set from the moment the saga stops going forward, also while running attempts still drain.
    package var errorCode: ErrorCode?
    package var error: String?
    package var pausedAt: Moment?
    package var createdAt: Moment
    package var updatedAt: Moment
    package var completedAt: Moment?
    package var deadline: Moment?
    /// Counts the steps that ended, so that reverse completion order never depends on a clock.
    package var endings: Int
    package var concurrencyKey: String?
    package var idempotencyKey: String?

    package init(
        id: String, definition: Definition, vars: [String: JSONValue] = [:], origin: Origin = Origin(),
        createdAt: Moment, concurrencyKey: String? = nil, idempotencyKey: String? = nil
    ) {
        self.id = id
        self.definition = definition
        status = .pending
        self.vars = vars
        self.origin = origin
        steps = definition.steps.map { Step(name: $0.name) }
        retryCount = 0
        self.createdAt = createdAt
        updatedAt = createdAt
        deadline = definition.timeout.map { createdAt + $0 }
        endings = 0
        self.concurrencyKey = concurrencyKey
        self.idempotencyKey = idempotencyKey
    }

    package var name: String { definition.name }
    package var isPaused: Bool { pausedAt != nil }

    /// Nothing new starts, because a step failed or somebody ended the saga; running attempts come to their own end.
    package var isDraining: Bool { status == .running && errorCode != nil }

    package func index(of step: String) -> Int? {
        // By place, here and where steps are looked through: going over the values would copy each of them.
        steps.indices.first { steps[$0].name == step }
    }

    package func step(_ name: String) -> Step? {
        index(of: name).map { steps[$0] }
    }

    /// The definitions of the steps that run forward.
    package var forward: [StepDefinition] {
        definition.steps.filter { $0.role == .forward }
    }

    /// The step that is being worked on, or the last one that was; what `current_step` shows.
    package var currentStep: String? {
        if let running = steps.first(where: { $0.status == .running }) { return running.name }
        return steps.filter { $0.sequence != nil }.max { ($0.sequence ?? 0) < ($1.sequence ?? 0) }?.name
    }

    /// The outputs of all steps that have one, by step.
    package var outputs: [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: steps.compactMap { step in step.output.map { (step.name, $0) } })
    }

    /// Stays the same over all attempts, so that a callee can tell a repetition; grows by an operator's retry alone.
    package func idempotencyKey(of step: Step) -> String {
        "\(id)/\(step.name)/\(step.generation)"
    }
}
