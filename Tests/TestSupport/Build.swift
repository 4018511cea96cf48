package import SagaCore

/// Short ways to write definitions and sagas in tests.
package enum Build {
    package static let start = Moment(milliseconds: 1_700_000_000_000)

    package static func step(
        _ name: String, after: [String] = [], undo: String? = nil, action: ActionKind = .api,
        attempts: Int = 1, timeout: Duration = .seconds(600), compensateIf: StepDefinition.CompensateIf = .completed,
        pivot: Bool = false, continueOnFailure: Bool = false, when: [String: [String]] = [:]
    ) -> StepDefinition {
        StepDefinition(
            name: name, action: action, dependsOn: after, when: when,
            retryPolicy: RetryPolicy(
                maxAttempts: attempts, backoffType: .exponential, initialDelay: .seconds(5), maxDelay: .seconds(60)),
            timeout: timeout, compensate: undo, compensateIf: compensateIf, pivot: pivot,
            continueOnFailure: continueOnFailure)
    }

    package static func undo(_ name: String, attempts: Int = 1) -> StepDefinition {
        StepDefinition(
            name: name, action: .api, retryPolicy: RetryPolicy(maxAttempts: attempts), role: .compensation)
    }

    package static func definition(
        _ steps: [StepDefinition], timeout: Duration? = nil, maxRetries: Int = 3,
        onFailure: Definition.OnFailure = .compensate, order: Definition.CompensationOrder = .sequential,
        concurrency: Definition.Concurrency? = nil, vars: [Definition.Variable] = []
    ) -> Definition {
        Definition(
            name: "release", timeout: timeout, maxRetries: maxRetries, onFailure: onFailure, compensation: order,
            concurrency: concurrency, vars: vars, steps: steps)
    }

    package static func saga(_ definition: Definition, vars: [String: JSONValue] = [:]) -> Saga {
        Saga(id: "0190a000-0000-7000-8000-000000000001", definition: definition, vars: vars, createdAt: start)
    }
}

/// Plays events against a saga, one second apart, and remembers everything the journal said.
package struct Play {
    package private(set) var saga: Saga
    package private(set) var now = Build.start
    package private(set) var journal: [JournalEntry] = []

    package init(_ definition: Definition, vars: [String: JSONValue] = [:]) throws {
        saga = Build.saga(definition, vars: vars)
        try on(.start)
    }

    package mutating func on(_ event: Event, after: Duration = .seconds(1)) throws {
        now = now + after
        let decision = try saga.decide(event, now: now)
        saga = decision.saga
        journal += decision.journal
    }

    package mutating func begin(_ step: String) throws {
        try on(.begin(step: step, executor: "one"))
    }

    package mutating func finish(_ step: String, _ outcome: Outcome) throws {
        try on(.finish(step: step, attempt: saga.step(step)?.attempt ?? 0, outcome: outcome))
    }

    /// Begins the step's attempt and ends it.
    package mutating func run(_ step: String, _ outcome: Outcome = .succeeded(output: [:])) throws {
        try begin(step)
        try finish(step, outcome)
    }

    package mutating func fail(_ step: String, _ class: Failure.Class = .permanent) throws {
        try run(step, .failed(Failure(`class`, "no luck")))
    }

    package mutating func park(_ step: String, _ subject: Wait.Subject = .approval(message: "go?", approvers: []))
        throws
    {
        try run(step, .waits(Wait(subject, since: now)))
    }

    package mutating func ask(_ operation: Operation, by name: String = "ada", reason: String? = "because") throws {
        try on(.operate(operation, by: Actor(name, reason: reason)))
    }

    /// The names of the steps that are running, in order.
    package var running: [String] { saga.steps.filter { $0.status == .running }.map(\.name) }

    package func status(_ step: String) -> StepStatus? { saga.step(step)?.status }
}
