/// The state of one step of a saga. What the step does stands in its `StepDefinition`.
package struct Step: Hashable, Sendable {
    package var name: String
    package var status: StepStatus
    /// Part of the idempotency key; grows by an operator's retry, unless the last outcome was unknown.
    package var generation: Int
    /// The attempt that is owed, running or was last, from 1; 0 before the first one.
    package var attempt: Int
    package var activity: Activity
    package var startedAt: Moment?
    package var completedAt: Moment?
    /// The place in the order in which steps ended.
    package var sequence: Int?
    package var deadline: Moment?
    package var output: JSONValue?
    package var error: String?
    /// The class of the last failed attempt.
    package var lastFailure: Failure.Class?
    /// The last wait, kept for the next attempt: it knows which pipeline failed.
    package var lastWait: Wait?
    /// Set when this step's undo starts: from then on the step can never start forward again.
    package var tombstone: Bool
    /// The step has ended, and the pipeline that it started is still to be cancelled.
    package var owedCancel: OwedCancel?

    package init(name: String) {
        self.name = name
        status = .pending
        generation = 1
        attempt = 0
        activity = .idle
        tombstone = false
    }

    /// What a running step is doing.
    package enum Activity: Hashable, Sendable {
        /// Not running. The only activity of every status but `running`.
        case idle
        /// An attempt is due at that moment and nobody has begun it. Moves to `begun`.
        case owed(due: Moment)
        /// An executor runs the attempt, or died while it did. Moves to `owed`, `waiting` or `idle`.
        case begun(at: Moment, by: String)
        /// Parked until the outside world answers. Moves to `owed` or `idle`.
        case waiting(Wait)
    }

    package var wait: Wait? {
        guard case .waiting(let wait) = activity else { return nil }
        return wait
    }

    /// When the next attempt starts, where one is owed later than now.
    package var nextAttemptAt: Moment? {
        guard case .owed(let due) = activity else { return nil }
        return due
    }

    /// Whether at least one attempt was begun, so that something may have happened outside.
    package var wasAttempted: Bool {
        switch activity {
        case .begun, .waiting: true
        case .idle, .owed: lastFailure != nil || output != nil || status == .completed || lastWait != nil
        }
    }
}
