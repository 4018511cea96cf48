/// One sentence for every saga and step that is not over: what it waits for, since when, and what happens at the
/// timeout. For an operator who has just been woken.
package struct WaitingFor {
    package var saga: Saga
    package var now: Moment
    /// The executors that were seen lately.
    package var executors: [Executor]
    /// The saga that holds the concurrency key this one waits for.
    package var keyHolder: String?

    package init(saga: Saga, now: Moment, executors: [Executor] = [], keyHolder: String? = nil) {
        self.saga = saga
        self.now = now
        self.executors = executors.filter { $0.saga == nil || $0.saga == saga.id }
        self.keyHolder = keyHolder
    }

    /// The time of day, with the date where it is not today's.
    private func at(_ moment: Moment) -> String {
        let text = moment.description
        return text.prefix(10) == now.description.prefix(10) ? moment.clock + "Z" : text.prefix(19) + "Z"
    }

    /// The saga's sentence; nil once it is over.
    package var sentence: String? {
        guard !saga.status.isTerminal else { return nil }
        if let since = saga.pausedAt {
            return "paused since \(at(since)); deadlines stand still, and 'resume' lets it go on"
        }
        if saga.status == .pending {
            return "waits for the concurrency key '\(saga.concurrencyKey ?? "")'"
                + (keyHolder.map { ", held by saga \($0)," } ?? "") + " since \(at(saga.createdAt))"
                + (saga.deadline.map { "; at \(at($0)) its deadline passes and it fails" } ?? "")
        }
        let running = zip(saga.steps, saga.definition.steps).filter {
            $0.0.status == .running || $0.0.owedCancel != nil
        }
        let sentences = running.compactMap { step, definition in
            self.sentence(for: step, definition).map { "step '\(step.name)' \($0)" }
        }
        let start = saga.isDraining ? "ending: " : saga.status == .compensating ? "rolling back: " : ""
        guard let first = sentences.first else { return start + "an executor's next decision" }
        let rest = sentences.count > 1 ? " (and \(sentences.count - 1) more)" : ""
        return start + first + rest
    }

    /// A step's sentence; nil once it is over.
    package func sentence(for step: Step, _ definition: StepDefinition) -> String? {
        guard !saga.status.isTerminal else { return nil }
        if let owed = step.owedCancel { return cancelling(step, owed) }
        guard !step.status.isTerminal else { return nil }
        if step.status == .pending { return pending(step, definition) }
        return running(step, definition) + atTimeout(of: step, definition)
    }

    private func cancelling(_ step: Step, _ owed: OwedCancel) -> String {
        let end = owed.since + OwedCancel.patience
        return "waits for the cancel of \(step.lastWait?.title ?? "a pipeline that it may have started")"
            + " since \(at(owed.since))" + (owed.error.map { " (\($0))" } ?? "")
            + "; at \(at(end)) the saga goes on without"
    }

    private func pending(_ step: Step, _ definition: StepDefinition) -> String {
        if definition.role == .compensation {
            let undone = saga.definition.steps.first { $0.compensate == step.name }?.name ?? ""
            return saga.status == .compensating
                ? "waits for its turn in the rollback" : "runs only if step '\(undone)' has to be undone"
        }
        if saga.errorCode != nil { return "will not start: \(saga.error ?? "the saga is ending")" }
        let open = definition.dependsOn.filter { saga.step($0)?.status.satisfiesDependants != true }
        let since = " since \(at(saga.createdAt))"
        if !open.isEmpty {
            return "waits for step " + open.map { "'\($0)'" }.joined(separator: ", ") + since + atDeadline
        }
        if let paused = saga.pausedAt { return "waits for 'resume' since \(at(paused))" }
        return "waits for the saga to start\(since)" + atDeadline
    }

    private func running(_ step: Step, _ definition: StepDefinition) -> String {
        let since = step.startedAt.map { " since \(at($0))" } ?? ""
        switch step.activity {
        case .idle:
            return "is about to start"
        case .owed(let due) where due > now:
            return "waits until \(at(due)) for attempt \(step.attempt) of \(definition.retryPolicy.maxAttempts)"
                + (step.error.map { ", because: \($0.hasSuffix(".") ? String($0.dropLast()) : $0)" } ?? "")
        case .owed:
            if definition.needs == "shell", !executors.contains(where: \.allowsShell) {
                return "waits\(since) for an executor that may run shell steps: a waiting plugin on this store, or a "
                    + "receiver with SAGA_ALLOW_SHELL=true"
            }
            return !executors.isEmpty
                ? "waits\(since) for an executor to start attempt \(step.attempt)"
                : "waits\(since) for an executor: no receiver or waiting plugin runs on this store"
        case .begun(let begun, let executor):
            let attempt = "attempt \(step.attempt) of \(definition.retryPolicy.maxAttempts)"
            guard let alive = executors.first(where: { $0.id == executor }) else {
                return "waits for another executor to take over \(attempt), begun at \(at(begun)) by \(executor), "
                    + "which was not seen lately"
            }
            return "runs \(attempt) since \(at(begun)) on \(alive.name)"
        case .waiting(let wait):
            let isAlone = executors.isEmpty ? "; no receiver or waiting plugin runs on this store" : ""
            return "waits for \(wait.title) since \(at(wait.since))" + (wait.seen.map { " (\($0))" } ?? "") + isAlone
        }
    }

    private func atTimeout(of step: Step, _ definition: StepDefinition) -> String {
        if saga.isPaused { return "; the saga is paused, so deadlines stand still" }
        if isCutShort(step, definition) { return atDeadline }
        if case .sleep(let until)? = step.wait?.subject, until <= step.deadline ?? until { return "" }
        guard let deadline = step.deadline else { return "" }
        let consequence =
            switch (definition.role, saga.isDraining) {
            case (.compensation, _): "the undo fails"
            case (.forward, true): "it counts as unknown"
            case (.forward, false):
                definition.continueOnFailure
                    ? "it fails and the saga goes on"
                    : "it fails and the saga \(stops ? "stops" : "rolls back")"
            }
        return "; at \(at(deadline)) it times out, \(consequence)"
    }

    /// When a step that runs ends by itself at the latest: by the saga's deadline, its own timeout, or the end of a
    /// `sleep`; nil where only the outside world ends it.
    package func end(of step: Step, _ definition: StepDefinition) -> Moment? {
        guard !saga.isPaused else { return nil }
        return isCutShort(step, definition) ? saga.deadline : ownEnd(of: step)
    }

    private func isCutShort(_ step: Step, _ definition: StepDefinition) -> Bool {
        guard definition.role == .forward, !saga.isDraining, let deadline = saga.deadline else { return false }
        return deadline <= ownEnd(of: step) ?? deadline
    }

    private func ownEnd(of step: Step) -> Moment? {
        if case .sleep(let until)? = step.wait?.subject { return min(until, step.deadline ?? until) }
        return step.deadline
    }

    /// What happens when the saga's own deadline passes.
    private var atDeadline: String {
        guard let deadline = saga.deadline else { return "" }
        return "; at \(at(deadline)) the saga's deadline passes and it \(stops ? "fails" : "rolls back")"
    }

    /// Whether nothing would be undone now.
    private var stops: Bool { saga.definition.onFailure == .stop || saga.passedPivot != nil }
}
