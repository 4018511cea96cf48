/// A legal move from one status to another, with everything that makes it.
package struct StatusMove<Status: Hashable & Sendable>: Hashable, Sendable {
    package var from: Status
    package var to: Status
    package var causes: [Cause]

    package enum Cause: Hashable, Sendable {
        /// What `decide` does by itself, in words for people.
        case itself(String)
        /// What somebody asks for: an operation's name.
        case operation(String)
    }

    init(_ from: Status, _ to: Status, _ itself: String? = nil, by operations: String...) {
        self.from = from
        self.to = to
        causes = (itself.map { [.itself($0)] } ?? []) + operations.map { .operation($0) }
    }
}

extension SagaStatus {
    /// Every move that `decide` makes. One decision may make two: where nothing is left to run or to undo, a saga
    /// passes `running` or `compensating` without staying there.
    package static let moves: [StatusMove<SagaStatus>] = [
        .init(.pending, .running, "its turn has come"),
        .init(.pending, .failed, "its deadline, or a newer saga", by: "cancel", "kill"),
        .init(.running, .completed, "every step is over"),
        .init(
            .running, .compensating, "a step failed, its deadline, or a newer saga, with something to undo",
            by: "cancel"),
        .init(.running, .failed, "the same with nothing that may be undone", by: "cancel", "kill"),
        .init(.completed, .compensating, by: "compensate"),
        .init(.failed, .running, by: "retry", "skip"),
        .init(.failed, .compensating, by: "compensate", "retry", "skip"),
        .init(.compensating, .compensated, "every undo is over"),
        .init(.compensating, .compensationFailed, "an undo failed"),
        .init(.compensating, .failed, by: "kill"),
        .init(.compensationFailed, .compensating, by: "retry", "skip"),
    ]
}

extension StepStatus {
    /// Every move that `decide` makes. One decision may make two: a retry puts a failed step back to `pending` and
    /// starts it where nothing keeps it waiting.
    package static let moves: [StatusMove<StepStatus>] = [
        .init(.pending, .running, "its dependencies are over, or its step is undone"),
        .init(.pending, .skipped, "its 'when' does not match", by: "skip"),
        .init(.running, .completed, "an attempt succeeded, or its wait ended well", by: "complete", "approve"),
        .init(
            .running, .failed, "no attempt is left, its timeout, or its saga is ending", by: "fail", "reject",
            "cancel", "kill"),
        .init(.running, .skipped, by: "skip"),
        .init(.running, .pending, "its saga is ending, and no attempt was begun", by: "cancel"),
        .init(.failed, .pending, by: "retry", "compensate"),
        .init(.failed, .skipped, by: "skip"),
    ]
}
