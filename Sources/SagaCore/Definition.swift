/// A saga's definition, checked: what `SagaDefinitions` makes of the YAML or JSON that a user wrote.
///
/// Whoever holds one may rely on unique step names, known dependencies, no cycles and sound templates.
package struct Definition: Hashable, Sendable {
    package var name: String
    package var description: String
    /// The saga's deadline, counted from its start.
    package var timeout: Duration?
    /// How often an operator or a restarted pipeline may retry the saga as a whole.
    package var maxRetries: Int
    package var onFailure: OnFailure
    package var compensation: CompensationOrder
    package var concurrency: Concurrency?
    package var vars: [Variable]
    /// In the order written, which breaks ties wherever an order is shown.
    package var steps: [StepDefinition]

    package init(
        name: String, description: String = "", timeout: Duration? = nil, maxRetries: Int = 3,
        onFailure: OnFailure = .compensate, compensation: CompensationOrder = .sequential,
        concurrency: Concurrency? = nil, vars: [Variable] = [], steps: [StepDefinition]
    ) {
        self.name = name
        self.description = description
        self.timeout = timeout
        self.maxRetries = maxRetries
        self.onFailure = onFailure
        self.compensation = compensation
        self.concurrency = concurrency
        self.vars = vars
        self.steps = steps
    }

    package func step(_ name: String) -> StepDefinition? {
        steps.indices.first { steps[$0].name == name }.map { steps[$0] }
    }

    /// A variable and its default; without one (`null` in the file) the caller must give it.
    package struct Variable: Hashable, Sendable {
        package var name: String
        package var standard: JSONValue?

        package init(name: String, standard: JSONValue?) {
            self.name = name
            self.standard = standard
        }
    }

    package enum OnFailure: String, Hashable, Sendable, CaseIterable {
        case compensate
        case stop
    }

    package enum CompensationOrder: String, Hashable, Sendable, CaseIterable {
        /// One undo at a time, in reverse completion order.
        case sequential
        /// Reverse dependency order, independent branches at once.
        case parallel
    }

    /// At most one live saga per key, held through compensation.
    package struct Concurrency: Hashable, Sendable {
        /// A template over `vars`, `ci` and `saga`.
        package var key: String
        package var policy: Policy

        package init(key: String, policy: Policy = .queue) {
            self.key = key
            self.policy = policy
        }

        package enum Policy: String, Hashable, Sendable, CaseIterable {
            case queue
            case reject
            case supersede
        }
    }
}

/// What a step does.
package enum ActionKind: String, Hashable, Sendable, CaseIterable {
    case api
    case shell
    case waitPipeline = "wait_pipeline"
    case waitBuild = "wait_build"
    case runPipeline = "run_pipeline"
    case approval
    case sleep

    /// A step's timeout where the definition names none.
    package var standardTimeout: Duration {
        switch self {
        case .waitPipeline, .waitBuild, .runPipeline: .seconds(2 * 3600)
        case .approval: .seconds(24 * 3600)
        case .api, .shell, .sleep: .seconds(600)
        }
    }
}

/// One step of a definition.
package struct StepDefinition: Hashable, Sendable {
    package var name: String
    package var action: ActionKind
    package var dependsOn: [String]
    /// Every listed variable must match one of its globs (`*`, `?`), else the step is skipped.
    package var when: [String: [String]]
    /// By action; strings are templates, rendered at the moment of use.
    package var config: JSONValue
    package var retryPolicy: RetryPolicy
    /// The whole step, waits and retries included.
    package var timeout: Duration
    /// The step that undoes this one.
    package var compensate: String?
    package var compensateIf: CompensateIf
    /// After this step succeeded the saga only goes forward.
    package var pivot: Bool
    package var continueOnFailure: Bool
    package var role: Role

    package init(
        name: String, action: ActionKind, dependsOn: [String] = [], when: [String: [String]] = [:],
        config: JSONValue = [:], retryPolicy: RetryPolicy = .standard, timeout: Duration? = nil,
        compensate: String? = nil, compensateIf: CompensateIf = .completed, pivot: Bool = false,
        continueOnFailure: Bool = false, role: Role = .forward
    ) {
        self.name = name
        self.action = action
        self.dependsOn = dependsOn
        self.when = when
        self.config = config
        self.retryPolicy = retryPolicy
        self.timeout = timeout ?? action.standardTimeout
        self.compensate = compensate
        self.compensateIf = compensateIf
        self.pivot = pivot
        self.continueOnFailure = continueOnFailure
        self.role = role
    }

    package enum CompensateIf: String, Hashable, Sendable, CaseIterable {
        case completed
        /// Also when the step was tried and its outcome is a failure or unknown.
        case attempted
    }

    package enum Role: String, Hashable, Sendable, CaseIterable {
        case forward
        /// Named by some step's `compensate`: never runs forward.
        case compensation
    }
}
