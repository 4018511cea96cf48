/// One line of a saga's history: what happened, to which step, by whom and why. Never changed, never removed
/// before the saga itself.
package struct JournalEntry: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case sagaCreated = "saga_created"
        case sagaStarted = "saga_started"
        case sagaCompleted = "saga_completed"
        case sagaFailed = "saga_failed"
        case sagaCompensated = "saga_compensated"
        case sagaCompensationFailed = "saga_compensation_failed"
        /// Nothing new starts from here on; running attempts drain.
        case rollbackDecided = "rollback_decided"
        case compensationStarted = "compensation_started"
        case stepStarted = "step_started"
        case stepWaiting = "step_waiting"
        case stepCompleted = "step_completed"
        case stepFailed = "step_failed"
        case stepSkipped = "step_skipped"
        case stepCancelled = "step_cancelled"
        case attemptFailed = "attempt_failed"
        case attemptPostponed = "attempt_postponed"
        /// Another executor took the attempt over after its first one had died.
        case attemptTakenOver = "attempt_taken_over"
        /// A result that came after its claim was lost. It changes nothing.
        case lateResult = "late_result"
        case retried, cancelled, killed, compensated, paused, resumed, deleted
        case varsChanged = "vars_changed"
        /// This step's call opened, tried or closed the circuit of a host.
        case circuitChanged = "circuit_changed"
        /// The pipeline of a step that was given up is to be cancelled, before anything is undone.
        case pipelineCancelOwed = "pipeline_cancel_owed"
        /// It was cancelled, or had ended by itself.
        case pipelineCancelled = "pipeline_cancelled"
        /// It could not be cancelled; the saga goes on without.
        case pipelineCancelFailed = "pipeline_cancel_failed"
        /// Somebody restarted a pipeline that the step waits for; the wait goes on with the new run.
        case pipelineRestarted = "pipeline_restarted"
    }

    package var kind: Kind
    package var step: String?
    package var actor: String?
    package var reason: String?
    package var data: JSONValue

    package init(
        _ kind: Kind, step: String? = nil, actor: String? = nil, reason: String? = nil, data: JSONValue = [:]
    ) {
        self.kind = kind
        self.step = step
        self.actor = actor
        self.reason = reason
        self.data = data
    }
}
