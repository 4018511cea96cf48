/// Something that has to happen by itself at a moment: a row of the due queue.
package struct Due: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An attempt of a step, run by an executor under a lease.
        case attempt
        /// A read of what a step waits for, run by an executor under a lease.
        case read
        /// The cancel of a pipeline that nobody waits for any more, run by an executor under a lease.
        case cancel
        /// A sleep is over.
        case wake
        /// A step's timeout passes.
        case timeout
        /// The saga's deadline passes.
        case deadline

        /// Whether an executor has work to do outside; the rest is decided at once.
        package var needsExecutor: Bool {
            switch self {
            case .attempt, .read, .cancel: true
            case .wake, .timeout, .deadline: false
            }
        }
    }

    package var kind: Kind
    /// Empty for the saga's own deadline.
    package var step: String
    /// Nil for an attempt that was begun: its row stays as it is, under the lease of whoever runs it.
    package var at: Moment?
    /// What only some executors may run: `shell`, or empty.
    package var needs: String

    package init(_ kind: Kind, step: String = "", at: Moment?, needs: String = "") {
        self.kind = kind
        self.step = step
        self.at = at
        self.needs = needs
    }
}

extension Saga {
    /// Everything that has to happen by itself, read off the state: what runs can always be woken by something.
    ///
    /// A begun attempt stays on the agenda until it is finished, under the lease of whoever runs it; that executor
    /// also keeps the step's timeout, and where it dies the takeover does.
    package var agenda: [Due] {
        guard !status.isTerminal else { return [] }
        var agenda: [Due] = []
        if let deadline, !isDraining, status != .compensating { agenda.append(Due(.deadline, at: deadline)) }
        for index in steps.indices {
            if let cancel = steps[index].owedCancel {
                agenda.append(Due(.cancel, step: steps[index].name, at: cancel.due))
            }
        }
        for index in steps.indices where steps[index].status == .running {
            let step = steps[index]
            let definition = definition.steps[index]
            switch step.activity {
            case .idle:
                break
            case .owed(let due):
                agenda.append(Due(.attempt, step: step.name, at: due, needs: definition.needs))
                agenda += step.deadline.map { [Due(.timeout, step: step.name, at: $0)] } ?? []
            case .begun:
                agenda.append(Due(.attempt, step: step.name, at: nil, needs: definition.needs))
            case .waiting(let wait):
                if case .sleep(let until) = wait.subject { agenda.append(Due(.wake, step: step.name, at: until)) }
                agenda += wait.nextRead.map { [Due(.read, step: step.name, at: $0)] } ?? []
                agenda += step.deadline.map { [Due(.timeout, step: step.name, at: $0)] } ?? []
            }
        }
        return agenda
    }

    /// The names under which signals find a step of this saga.
    package var waitKeys: [(step: String, key: String)] {
        steps.indices.flatMap { index in (steps[index].wait?.keys ?? []).map { (steps[index].name, $0) } }
    }
}

extension StepDefinition {
    /// What an executor must be allowed to do for this step.
    package var needs: String { action == .shell ? "shell" : "" }
}
