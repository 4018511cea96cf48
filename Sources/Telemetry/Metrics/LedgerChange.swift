package import SagaCore

/// What a transaction changed, as far as it is counted; true once it is committed.
package enum LedgerChange: Hashable, Sendable {
    /// A saga of that name came into that status.
    case reached(name: String, SagaStatus)
    /// A saga came to an end, so long after it was created.
    case ended(name: String, SagaStatus, after: Duration)
    /// A step ended, so long after it was started.
    case stepEnded(ActionKind, StepStatus, after: Duration)
    /// An attempt failed, and another one follows.
    case retried(ActionKind)
    /// A step waited for a signal that came at that moment; it is completed, and one that depends on it has started.
    case wentOn(signalledAt: Moment)
    /// Signals that were stored, and whether a step waited for them.
    case signals(source: String, matched: Bool)
    /// A delivery that was stored before.
    case seenBefore(source: String)
}

extension LedgerChange {
    /// What one save of a saga changes.
    static func changes(from old: Saga, to new: Saga, journal: [JournalEntry]) -> [LedgerChange] {
        var changes = statuses(from: old, to: new, journal).map { LedgerChange.reached(name: new.name, $0) }
        if let end = new.completedAt, new.status.isTerminal, !changes.isEmpty {
            changes.append(.ended(name: new.name, new.status, after: end - new.createdAt))
        }
        changes += ends(from: old, to: new)
        for entry in journal where entry.kind == .attemptFailed {
            guard let action = entry.step.flatMap({ new.definition.step($0) })?.action else { continue }
            changes.append(.retried(action))
        }
        return changes
    }

    /// In order: one save may hold more than one decision.
    private static func statuses(from old: Saga, to new: Saga, _ journal: [JournalEntry]) -> [SagaStatus] {
        guard new.status != old.status || new.completedAt != old.completedAt else { return [] }
        var reached = journal.compactMap { SagaStatus(after: $0.kind) }
        if old.status.isTerminal {
            // Retried, or its last failed step was skipped: no kind of entry tells which way it goes on.
            let goesOn: SagaStatus = old.steps.contains(where: \.tombstone) ? .compensating : .running
            if !journal.contains(where: { $0.kind == .compensated }), reached.first != goesOn {
                reached.insert(goesOn, at: 0)
            }
        }
        if reached.last != new.status { reached.append(new.status) }
        return reached
    }

    private static func ends(from old: Saga, to new: Saga) -> [LedgerChange] {
        var changes: [LedgerChange] = []
        var signalled: [String: Moment] = [:]
        for (index, (step, before)) in zip(new.steps, old.steps).enumerated() where step.status.isTerminal {
            guard step.status != before.status || step.sequence != before.sequence else { continue }
            if let start = step.startedAt, let end = step.completedAt {
                changes.append(.stepEnded(new.definition.steps[index].action, step.status, after: end - start))
            }
            if step.status == .completed { signalled[step.name] = before.wait?.signalledAt }
        }
        guard !signalled.isEmpty else { return changes }
        for (index, (step, before)) in zip(new.steps, old.steps).enumerated() where step.status == .running {
            guard before.status != .running else { continue }
            let signals = new.definition.steps[index].dependsOn.compactMap { signalled[$0] }
            // What it waited for longest is what it started by.
            if let last = signals.max() { changes.append(.wentOn(signalledAt: last)) }
        }
        return changes
    }
}

extension SagaStatus {
    fileprivate init?(after kind: JournalEntry.Kind) {
        switch kind {
        case .sagaStarted: self = .running
        case .sagaCompleted: self = .completed
        case .sagaFailed: self = .failed
        case .compensationStarted: self = .compensating
        case .sagaCompensated: self = .compensated
        case .sagaCompensationFailed: self = .compensationFailed
        case .sagaCreated, .rollbackDecided, .stepStarted, .stepWaiting, .stepCompleted, .stepFailed, .stepSkipped,
            .stepCancelled, .attemptFailed, .attemptPostponed, .attemptTakenOver, .lateResult, .retried, .cancelled,
            .killed, .compensated, .paused, .resumed, .deleted, .varsChanged, .circuitChanged, .pipelineCancelOwed,
            .pipelineCancelled, .pipelineCancelFailed, .pipelineRestarted:
            return nil
        }
    }
}
