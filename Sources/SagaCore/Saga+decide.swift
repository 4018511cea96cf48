/// The engine's mind. Everything that ever changes a saga goes through `decide`: a pure function from a saga, an
/// event and the time to the saga that follows, or to a refusal.
///
/// A saga goes forward (`Decision+forward`) until every step is done or one fails for good. From then on nothing new
/// starts, running attempts drain, and the completed steps are undone (`Decision+compensation`). What people may ask
/// stands in `Decision+operations`. What has to happen by itself, and when, is read off the result (`Saga.agenda`).
extension Saga {
    /// - Parameters:
    ///   - now: the time of the decision, taken once.
    ///   - chance: a number from 0 to 1 for the jitter of a retry.
    /// - Throws: the reason why the event is no move in this state. The saga stays as it was.
    package func decide(_ event: Event, now: Moment, chance: Double = 0) throws(Refusal) -> Decision {
        var decision = Decision(of: self, now: now, chance: chance)
        switch event {
        case .start:
            guard status == .pending else { throw .stale("the saga has started already") }
            decision.start()

        case .begin(let name, let executor):
            let step = try live(name)
            switch step.activity {
            case .owed:
                decision.begin(step, by: executor)
            case .begun(_, let first):
                // Its lease ran out, so whoever began it is gone or cut off.
                decision.takeOver(step, from: first, by: executor)
            case .idle, .waiting:
                throw .stale("step '\(name)' has no attempt to begin")
            }

        case .finish(let name, let attempt, let outcome):
            let step = try live(name)
            guard step.attempt == attempt else { throw .stale("attempt \(attempt) of step '\(name)' is over") }
            switch step.activity {
            case .begun, .waiting:
                decision.finish(step, outcome)
            case .idle, .owed:
                throw .stale("step '\(name)' has no attempt running")
            }

        case .cancelEnded(let name, let outcome):
            guard let step = step(name) else { throw .noSuchStep(name) }
            guard !status.isTerminal, let owed = step.owedCancel else {
                throw .stale("step '\(name)' has no pipeline to cancel")
            }
            decision.endCancel(step, owed, outcome)

        case .signalled(let name):
            guard var wait = try live(name).wait else { throw .stale("step '\(name)' does not wait") }
            // A read that is under way does not know of this signal. It loses its claim when the time of the next
            // read changes, so that has to change even within one millisecond.
            wait.nextRead = wait.nextRead == now ? now + .milliseconds(1) : now
            wait.signalledAt = wait.signalledAt ?? now
            decision.change(name) { $0.activity = .waiting(wait) }

        case .recheck(let name, let moment):
            guard var wait = try live(name).wait else { throw .stale("step '\(name)' does not wait") }
            guard wait.nextRead.map({ moment < $0 }) ?? true else { throw .stale("it is read before that") }
            wait.nextRead = moment
            decision.change(name) { $0.activity = .waiting(wait) }

        case .wake(let name):
            guard case .sleep(let until)? = try live(name).wait?.subject, until <= now else {
                throw .stale("step '\(name)' does not sleep until now")
            }
            decision.complete(name, output: [:])

        case .timeout(let name):
            let step = try live(name)
            guard let deadline = step.deadline, deadline <= now, !isPaused else {
                throw .stale("step '\(name)' has time left")
            }
            decision.timeOut(step)

        case .deadline:
            guard let deadline, deadline <= now, !isPaused else { throw .stale("the saga has time left") }
            try decision.passDeadline()

        case .operate(let operation, let actor):
            try decision.operate(operation, by: actor)
        }
        return decision
    }

    /// The step of that name, if it is running in a saga that is not over.
    private func live(_ name: String) throws(Refusal) -> Step {
        guard let step = step(name) else { throw .noSuchStep(name) }
        guard !status.isTerminal else { throw .stale("the saga is \(status.rawValue)") }
        guard step.status == .running else { throw .stale("step '\(name)' is \(step.status.rawValue)") }
        return step
    }
}
