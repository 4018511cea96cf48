/// Where a saga stands. What makes each move is listed in `moves`.
package enum SagaStatus: String, Hashable, Sendable, CaseIterable {
    /// Waits for its concurrency key. Moves to `running` (start) or `failed` (cancel, kill, deadline).
    case pending
    /// Steps run, or running attempts drain after a failure. Moves to `completed`, `compensating` or `failed`.
    case running
    /// Every step completed or was skipped. Moves to `compensating` by an operator's `compensate` alone.
    case completed
    /// Ended without undoing. Moves to `running` or `compensating` by `retry`, `skip` or `compensate`.
    case failed
    /// Undos run. Moves to `compensated`, `compensation_failed`, or `failed` by `kill`.
    case compensating
    /// Everything that had to be undone was undone. Final.
    case compensated
    /// An undo failed for good. Moves to `compensating` by `retry`, or by skipping the failed undos.
    case compensationFailed = "compensation_failed"

    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .compensated, .compensationFailed: true
        case .pending, .running, .compensating: false
        }
    }
}

/// Where a step stands. What makes each move is listed in `moves`.
package enum StepStatus: String, Hashable, Sendable, CaseIterable {
    /// Not started. Moves to `running` or `skipped`.
    case pending
    /// Has an attempt owed or running, or waits. Moves to `completed`, `failed` or `skipped`, or back to `pending`
    /// where the saga ends before the first attempt was begun.
    case running
    /// Has an output and never runs again by itself. Final.
    case completed
    /// Not tried again by itself. Moves to `pending` by `retry`, or as an undo by `compensate`; to `skipped` by `skip`.
    case failed
    /// Counts as completed for its dependants. Final.
    case skipped

    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .skipped: true
        case .pending, .running: false
        }
    }

    /// Whether dependants may start.
    package var satisfiesDependants: Bool {
        switch self {
        case .completed, .skipped: true
        case .pending, .running, .failed: false
        }
    }
}

/// Why a saga did not complete, for machines; `Saga.error` is the sentence for people.
package enum ErrorCode: String, Hashable, Sendable, CaseIterable {
    case stepFailed = "step_failed"
    case deadline
    case cancelled
    case killed
    case superseded
}
