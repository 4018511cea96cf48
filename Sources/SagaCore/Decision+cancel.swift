/// Cancelling the pipelines of `run_pipeline` steps that are given up.
extension Decision {
    /// Owes the cancel of a step's pipeline, where there is one that may still run and the step does not leave it.
    ///
    /// - Parameters:
    ///   - wait: what the step waited for; nil where only the answer to its creation could have told.
    ///   - failure: how the last attempt ended, where it was not a wait that ended.
    mutating func oweCancel(of step: Step, _ wait: Wait?, _ failure: Failure.Class? = nil) {
        guard saga.definition.step(step.name)?.action == .runPipeline else { return }
        if case .pipeline(let pipeline)? = wait?.subject {
            guard !pipeline.leaveOnCancel else { return }
        } else {
            // Sent, and no answer came: it may run all the same. Whether the step leaves it stands in its config.
            guard failure == .unknown || step.lastFailure == .unknown else { return }
        }
        move(step.name) { $0.owedCancel = OwedCancel(since: $1.now, due: $1.now) }
        note(.pipelineCancelOwed, step: step.name, ["pipeline": wait.map { .string($0.title) }])
    }

    /// A try to cancel came to its end.
    mutating func endCancel(_ step: Step, _ owed: OwedCancel, _ outcome: Outcome) {
        var next = owed
        next.attempt += 1
        switch outcome {
        case .succeeded(let output):
            change(step.name) {
                $0.owedCancel = nil
                // What became of it is known now: a retry starts another one, under another key.
                if $0.lastFailure == .unknown { $0.lastFailure = .retryable }
            }
            note(.pipelineCancelled, step: step.name, output.objectValue ?? [:])
            return advance()
        case .failed(let failure):
            guard failure.class != .permanent else { return giveUpCancel(step, owed, failure.message) }
            let delay = OwedCancel.policy.delay(after: owed.attempt, chance: chance)
            next.due = now + max(delay, failure.retryAfter ?? .zero)
            next.error = failure.message
        case .postponed(let until, let reason):
            next.due = max(until, now + .seconds(1))
            next.error = reason
        case .waits:
            return giveUpCancel(step, owed, "the executor answered with a wait")
        }
        guard next.due < owed.since + OwedCancel.patience else {
            return giveUpCancel(step, owed, next.error ?? "")
        }
        change(step.name) { $0.owedCancel = next }
    }

    private mutating func giveUpCancel(_ step: Step, _ owed: OwedCancel, _ error: String) {
        change(step.name) {
            $0.owedCancel = nil
            $0.error = ($0.error.map { $0 + "; " } ?? "") + "its pipeline could not be cancelled: \(error)"
        }
        note(
            .pipelineCancelFailed, step: step.name,
            ["error": .string(error), "attempts": .int(Int64(owed.attempt))])
        advance()
    }

    /// A killed saga leaves everything as it is.
    mutating func abandonCancels(by actor: Actor) {
        for step in saga.steps where step.owedCancel != nil {
            change(step.name) { $0.owedCancel = nil }
            note(.pipelineCancelFailed, step: step.name, by: actor, ["error": "abandoned: the saga was killed"])
        }
    }
}

extension Saga {
    /// Whether a pipeline is still to be cancelled.
    var owesCancel: Bool { steps.contains { $0.owedCancel != nil } }
}
