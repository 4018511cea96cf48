package import SagaCore

/// Plays a definition through the pure core, without a store and without the outside world: every step succeeds but
/// those that are to fail, and those fail for good at their first attempt.
///
/// All steps take equally long: those that can start together start together, and end in the order of the text. A
/// real run may end them in another order, and then undoes in reverse of that.
package struct Rehearsal: Sendable {
    /// One change, in the words of the journal.
    package struct Change: Hashable, Sendable {
        /// Nil for a change of the saga itself.
        package var step: String?
        package var kind: JournalEntry.Kind
        package var why: String?

        package var json: JSONValue {
            [
                "step": step.map(JSONValue.string) ?? .null, "kind": .string(kind.rawValue),
                "why": why.map(JSONValue.string) ?? .null,
            ]
        }
    }

    package private(set) var changes: [Change] = []
    /// As it is at the end.
    package private(set) var saga: Saga

    /// - Parameter failing: names of steps, undos among them.
    /// - Throws: `StartRefusal` where the vars do not fit; `Refusal` never, unless the core contradicts itself.
    package init(_ definition: Definition, vars: [String: JSONValue], failing: Set<String>) throws {
        let request = StartRequest(definition: definition, definitionText: "", vars: vars, actor: "rehearsal")
        saga = Saga(
            id: "rehearsal", definition: definition, vars: try request.checkedVars(),
            createdAt: Moment(milliseconds: 0))
        try apply(.start)
        while !saga.status.isTerminal {
            let owed = saga.steps.filter { if case .owed = $0.activity { true } else { false } }
            let cancels = saga.steps.filter { $0.owedCancel != nil }
            guard !owed.isEmpty || !cancels.isEmpty else {
                throw Refusal.stale("the rehearsal came to a state in which nothing can happen")
            }
            for step in cancels { try apply(.cancelEnded(step: step.name, outcome: .succeeded(output: [:]))) }
            for step in owed { try apply(.begin(step: step.name, executor: "rehearsal")) }
            for step in owed {
                guard let begun = saga.step(step.name), case .begun = begun.activity else { continue }
                let outcome: Outcome =
                    failing.contains(step.name)
                    ? .failed(Failure(.permanent, "made to fail")) : .succeeded(output: [:])
                try apply(.finish(step: step.name, attempt: begun.attempt, outcome: outcome))
            }
        }
    }

    private mutating func apply(_ event: Event) throws {
        let decision = try saga.decide(event, now: saga.updatedAt + .milliseconds(1))
        saga = decision.saga
        changes += decision.journal.map { entry in
            Change(
                step: entry.step, kind: entry.kind,
                why: entry.data["error"]?.stringValue ?? entry.data["why"]?.stringValue)
        }
    }

    package var json: JSONValue {
        [
            "status": .string(saga.status.rawValue),
            "error_code": saga.errorCode.map { .string($0.rawValue) } ?? .null,
            "error": saga.error.map(JSONValue.string) ?? .null,
            "changes": .array(changes.map(\.json)),
            "steps": .array(
                zip(saga.steps, saga.definition.steps).map { step, definition in
                    [
                        "name": .string(step.name), "status": .string(step.status.rawValue),
                        "role": .string(definition.role.rawValue),
                    ]
                }),
        ]
    }
}
