/// Going forward: starting what can run, and what follows from the end of an attempt.
extension Decision {
    mutating func start() {
        saga.status = .running
        note(.sagaStarted)
        advance()
    }

    /// Starts every step whose dependencies are satisfied, skips those whose `when` does not match, and ends the
    /// saga where nothing is left. Paused, it changes nothing.
    mutating func advance() {
        guard !saga.isPaused else { return }
        switch saga.status {
        case .running:
            if saga.isDraining {
                if !saga.hasRunningForwardStep, !saga.owesCancel { endForward() }
            } else {
                startRunnable()
            }
        case .compensating:
            advanceCompensation()
        case .pending, .completed, .failed, .compensated, .compensationFailed:
            break
        }
    }

    private mutating func startRunnable() {
        // A skipped step may free its dependants, so look again until nothing is skipped any more.
        var runnable = saga.runnable
        while let step = runnable.first(where: { !saga.matches($0.when) }) {
            move(step.name) {
                $0.status = .skipped
                $0.completedAt = $1.now
            }
            note(.stepSkipped, step: step.name, ["why": "its 'when' does not match"])
            runnable = saga.runnable
        }
        for step in runnable {
            begin(step)
        }
        if saga.isForwardDone, !saga.owesCancel { end(.completed, .sagaCompleted) }
    }

    /// Makes the first attempt of a step owed.
    mutating func begin(_ definition: StepDefinition) {
        move(definition.name) {
            $0.status = .running
            $0.attempt = 1
            $0.activity = .owed(due: $1.now)
            $0.startedAt = $1.now
            $0.completedAt = nil
            $0.deadline = $1.now + definition.timeout
            $0.error = nil
            $0.lastFailure = nil
        }
        note(.stepStarted, step: definition.name, definition.role == .compensation ? ["role": "compensation"] : [:])
    }

    mutating func begin(_ step: Step, by executor: String) {
        move(step.name) { $0.activity = .begun(at: $1.now, by: executor) }
    }

    mutating func takeOver(_ step: Step, from first: String, by executor: String) {
        note(.attemptTakenOver, step: step.name, ["attempt": .int(Int64(step.attempt)), "from": .string(first)])
        if saga.isDraining, saga.definition.step(step.name)?.role == .forward {
            // Running it again would start something new; so what it did stays unknown.
            oweCancel(of: step, nil, .unknown)
            failForGood(step, Failure(.unknown, "its executor was lost while the saga was ending"))
        } else if let deadline = step.deadline, deadline <= now {
            timeOut(step)
        } else {
            begin(step, by: executor)
        }
    }

    mutating func finish(_ step: Step, _ outcome: Outcome) {
        let isForward = saga.definition.step(step.name)?.role == .forward
        switch outcome {
        case .succeeded(let output):
            complete(step.name, output: output)
        case .failed(let failure):
            fail(step, failure)
        case .waits(let wait):
            if isForward, saga.isDraining {
                cancel(step, keeping: wait)
                advance()
            } else {
                park(step, wait)
            }
        case .postponed(let until, let reason):
            if case .waiting(var wait) = step.activity {
                wait.nextRead = until
                wait.seen = reason
                change(step.name) { $0.activity = .waiting(wait) }
            } else if isForward, saga.isDraining {
                cancel(step, keeping: nil)
                advance()
            } else {
                change(step.name) {
                    $0.activity = .owed(due: until)
                    $0.error = reason
                }
                note(.attemptPostponed, step: step.name, ["until": .string(until.description), "why": .string(reason)])
            }
        }
    }

    private mutating func park(_ step: Step, _ wait: Wait) {
        let isNew = step.wait == nil
        change(step.name) {
            $0.activity = .waiting(wait)
            $0.error = nil
        }
        if isNew { note(.stepWaiting, step: step.name, ["for": .string(wait.title)]) }
    }

    /// Completing a step and starting the next ones is one decision.
    mutating func complete(_ name: String, output: JSONValue, by actor: Actor? = nil) {
        guard let step = saga.step(name) else { return }
        let data = attemptData(of: step)
        saga.endings += 1
        move(name) {
            $0.status = .completed
            $0.output = output
            $0.completedAt = $1.now
            $0.sequence = $1.endings
            $0.lastWait = step.wait
            $0.activity = .idle
            $0.error = nil
        }
        note(.stepCompleted, step: name, by: actor, data)
        advance()
    }

    /// One attempt failed: another one follows, or the step fails for good.
    mutating func fail(_ step: Step, _ failure: Failure) {
        guard let definition = saga.definition.step(step.name) else { return }
        let policy = definition.retryPolicy
        let isEnding = saga.isDraining && definition.role == .forward
        let isTooLate = step.deadline.map { $0 <= now } ?? false
        guard failure.class != .permanent, step.attempt < policy.maxAttempts, !isEnding, !isTooLate else {
            return giveUp(step, failure)
        }
        let delay = max(policy.delay(after: step.attempt, chance: chance), failure.retryAfter ?? .zero)
        let due = now + delay
        let deadlines = [step.deadline, definition.role == .forward ? saga.deadline : nil].compactMap { $0 }
        guard deadlines.allSatisfy({ due < $0 }) else {
            return giveUp(
                step,
                Failure(
                    failure.class,
                    failure.message + " (no time for another attempt: it would start after the deadline)"))
        }
        note(.attemptFailed, step: step.name, attemptData(of: step, failure, next: due))
        change(step.name) {
            $0.attempt += 1
            $0.activity = .owed(due: due)
            $0.error = failure.message
            $0.lastFailure = failure.class
            $0.lastWait = step.wait ?? $0.lastWait
        }
    }

    /// No further attempt follows. A pipeline whose end was read has ended; one that was sent for may run.
    private mutating func giveUp(_ step: Step, _ failure: Failure) {
        if step.wait == nil { oweCancel(of: step, nil, failure.class) }
        failForGood(step, failure)
    }

    mutating func timeOut(_ step: Step) {
        let limit = saga.definition.step(step.name).map { GoDuration.text($0.timeout) } ?? ""
        var wasSent = false
        if case .begun = step.activity { wasSent = true }
        var message = "timed out after \(limit)"
        if let wait = step.wait {
            message += " waiting for \(wait.title)" + (wait.seen.map { " (\($0))" } ?? "")
        } else if let error = step.error {
            message += "; last: \(error)"
        }
        // Nothing of a parked or owed attempt is under way, so its outcome is what it was before.
        oweCancel(of: step, step.wait, wasSent ? .unknown : nil)
        failForGood(step, Failure(wasSent ? .unknown : step.lastFailure ?? .permanent, message))
    }

    /// The step failed and is not tried again.
    mutating func failForGood(_ step: Step, _ failure: Failure, by actor: Actor? = nil) {
        guard let definition = saga.definition.step(step.name) else { return }
        note(.stepFailed, step: step.name, by: actor, attemptData(of: step, failure))
        saga.endings += 1
        move(step.name) {
            $0.status = .failed
            $0.error = failure.message
            $0.lastFailure = failure.class
            $0.completedAt = $1.now
            $0.sequence = $1.endings
            $0.lastWait = step.wait ?? $0.lastWait
            $0.activity = .idle
            $0.output = failure.output
        }
        if definition.role == .forward, !definition.continueOnFailure, saga.status == .running, !saga.isDraining {
            drain(.stepFailed, "step '\(step.name)' failed: \(failure.message)")
        } else {
            advance()
        }
    }

    mutating func passDeadline() throws(Refusal) {
        let message = "the saga's deadline of \(saga.definition.timeout.map(GoDuration.text) ?? "") passed"
        switch saga.status {
        case .pending:
            endPending(.deadline, message)
        case .running:
            guard !saga.isDraining else { throw .stale("the saga is ending already") }
            drain(.deadline, message)
        case .compensating, .completed, .failed, .compensated, .compensationFailed:
            throw .stale("the saga is \(saga.status.rawValue)")
        }
    }

    /// What the journal keeps of an attempt that ended; the saga's `attempts` are read from there.
    func attemptData(of step: Step, _ failure: Failure? = nil, next: Moment? = nil) -> [String: JSONValue?] {
        var data: [String: JSONValue?] = [
            "attempt": .int(Int64(step.attempt)), "generation": .int(Int64(step.generation)),
            "error": failure.map { .string($0.message) }, "class": failure.map { .string($0.class.rawValue) },
            "next_attempt_at": next.map { .string($0.description) },
        ]
        switch step.activity {
        case .begun(let at, let executor):
            data["started_at"] = .string(at.description)
            data["executor"] = .string(executor)
        case .waiting(let wait):
            data["started_at"] = .string(wait.since.description)
        case .idle, .owed:
            break
        }
        return data
    }
}
