/// Everything that can happen to a saga. `decide` turns each into a move or a `Refusal`.
package enum Event: Hashable, Sendable {
    /// The saga may go: it holds its concurrency key, or has none.
    case start
    /// An executor claimed the step's owed attempt and is about to run it.
    case begin(step: String, executor: String)
    /// A claimed attempt, or a read of what a step waits for, came to its end.
    case finish(step: String, attempt: Int, outcome: Outcome)
    /// A try to cancel the pipeline of a step that was given up came to its end.
    case cancelEnded(step: String, outcome: Outcome)
    /// A signal came that is about what the step waits for.
    case signalled(step: String)
    /// What the step waits for is to be read by that moment, since something may have been missed.
    case recheck(step: String, by: Moment)
    /// A `sleep` is over.
    case wake(step: String)
    /// The step's own timeout has passed.
    case timeout(step: String)
    /// The saga's deadline has passed.
    case deadline
    /// Somebody asked for a control operation.
    case operate(Operation, by: Actor)
}

/// How an attempt, or a read of what a step waits for, ended.
package enum Outcome: Hashable, Sendable {
    case succeeded(output: JSONValue)
    case failed(Failure)
    /// The step parks, or goes on waiting with what is known by now.
    case waits(Wait)
    /// It could not be tried now, which does not count as an attempt: an open circuit, a server that is down.
    case postponed(until: Moment, reason: String)
}

/// What people can ask of a saga.
package enum Operation: Hashable, Sendable {
    case retry(force: Bool)
    case skip(step: String)
    case complete(step: String, output: JSONValue)
    case fail(step: String)
    case approve(step: String)
    case reject(step: String)
    case cancel
    /// A newer saga with the same concurrency key takes this one's place.
    case supersede(by: String)
    case kill
    case compensate
    case pause
    case resume
    case changeVars([String: JSONValue])

    package var name: String {
        switch self {
        case .retry: "retry"
        case .skip: "skip"
        case .complete: "complete"
        case .fail: "fail"
        case .approve: "approve"
        case .reject: "reject"
        case .cancel: "cancel"
        case .supersede: "supersede"
        case .kill: "kill"
        case .compensate: "compensate"
        case .pause: "pause"
        case .resume: "resume"
        case .changeVars: "change vars"
        }
    }
}

/// Who asked, and why; both go into the journal.
package struct Actor: Hashable, Sendable {
    package var name: String
    package var reason: String?

    package init(_ name: String, reason: String? = nil) {
        self.name = name
        self.reason = reason
    }
}

/// Why an event is no move here. A normal answer: webhooks come late, and people press buttons twice.
package enum Refusal: Error, Hashable, Sendable {
    case noSuchStep(String)
    /// The operation is not allowed in this status; what is, stands in `allowed`.
    case notAllowed(operation: String, status: String, allowed: [String])
    case stepNotAllowed(operation: String, step: String, status: String)
    /// The event is about an attempt, wait or status that is over.
    case stale(String)
    case retriesExhausted(limit: Int)
    case reasonRequired(operation: String)
    case nothingToUndo
    case notAnApprover(name: String, step: String)
    case tombstone(step: String)
    case unknownVariable(String)
    case concurrencyKeyHeld(key: String, by: String)

    package var message: String {
        switch self {
        case .noSuchStep(let step): "the saga has no step '\(step)'"
        case .notAllowed(let operation, let status, let allowed):
            "'\(operation)' is not allowed while the saga is \(status); "
                + (allowed.isEmpty ? "nothing is" : "allowed now: " + allowed.joined(separator: ", "))
        case .stepNotAllowed(let operation, let step, let status):
            "'\(operation)' is not allowed for step '\(step)', which is \(status)"
        case .stale(let what): what
        case .retriesExhausted(let limit):
            "the saga was retried \(limit) times, which is its max_retries; add 'force' to retry it all the same"
        case .reasonRequired(let operation): "'\(operation)' needs a reason"
        case .nothingToUndo: "no completed step of this saga has an undo that is still to run"
        case .notAnApprover(let name, let step): "'\(name)' is not on the list of approvers of step '\(step)'"
        case .tombstone(let step): "step '\(step)' was undone, so it can never run forward again"
        case .unknownVariable(let name): "the definition has no variable '\(name)'"
        case .concurrencyKeyHeld(let key, let holder): "the concurrency key '\(key)' is held by saga \(holder)"
        }
    }
}
