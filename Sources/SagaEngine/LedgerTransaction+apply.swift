package import SagaCore

/// What one decision needs besides the saga and the event.
package struct Circumstances: Sendable {
    package var now: Moment
    /// A number from 0 to 1 for jitter.
    package var chance: Double
    /// Who decides and may claim at once what the decision makes due; nil claims nothing.
    package var executor: Executor?

    /// How long a claim holds without being renewed.
    package static let leaseLength: Duration = .seconds(10)

    package init(now: Moment, chance: Double = 0, executor: Executor? = nil) {
        self.now = now
        self.chance = chance
        self.executor = executor
    }

    var lease: Lease? {
        executor.map { Lease(owner: $0.id, until: now + Self.leaseLength) }
    }
}

extension LedgerTransaction {
    /// Decides and saves, all in this transaction: the new state, what is owed, the journal, and the claims of an
    /// executor on the attempts that became due by it.
    ///
    /// - Throws: `Refusal` where the event is no move; nothing is written then.
    @discardableResult
    package func apply(_ event: Event, to saga: Saga, _ circumstances: Circumstances) throws -> [WorkOrder] {
        let decision = try saga.decide(event, now: circumstances.now, chance: circumstances.chance)
        var new = decision.saga
        var journal = decision.journal
        try rememberEarlySignals(&new, since: saga, circumstances)
        if let executor = circumstances.executor { beginOwed(&new, &journal, executor, circumstances.now) }
        let claims = try save(
            new, replacing: saga, journal: journal, at: circumstances.now, lease: circumstances.lease)
        var orders = claims.compactMap { order(for: $0, in: new) }
        if new.status.isTerminal, !saga.status.isTerminal, let key = new.concurrencyKey {
            orders += try startNext(forConcurrencyKey: key, circumstances)
        }
        return orders
    }

    /// A signal may come before the wait exists; a wait that finds one is read at once.
    private func rememberEarlySignals(_ saga: inout Saga, since old: Saga, _ circumstances: Circumstances) throws {
        for (step, before) in zip(saga.steps, old.steps) {
            guard let wait = step.wait, before.wait?.keys != wait.keys, !wait.keys.isEmpty else { continue }
            let known = try signals(for: wait.keys).filter { wait.accepts($0.signal) }
            guard !known.isEmpty else { continue }
            for signal in known { try markMatched(signal.id) }
            saga = try saga.decide(.signalled(step: step.name), now: circumstances.now).saga
        }
    }

    /// Claims at once what became due, so that going on costs no transaction of its own.
    func beginOwed(_ saga: inout Saga, _ journal: inout [JournalEntry], _ executor: Executor, _ now: Moment) {
        guard !saga.isPaused, executor.saga == nil || executor.saga == saga.id else { return }
        for (step, definition) in zip(saga.steps, saga.definition.steps) {
            guard case .owed(let due) = step.activity, due <= now, executor.allowsShell || definition.needs.isEmpty
            else { continue }
            guard let decision = try? saga.decide(.begin(step: step.name, executor: executor.id), now: now) else {
                continue
            }
            saga = decision.saga
            journal += decision.journal
        }
    }

    /// Gives a freed concurrency key to the saga that has waited longest.
    func startNext(
        forConcurrencyKey key: String, _ circumstances: Circumstances
    ) throws -> [WorkOrder] {
        guard try holder(ofConcurrencyKey: key) == nil, let next = try queue(forConcurrencyKey: key).first,
            let saga = try saga(next)
        else { return [] }
        return try apply(.start, to: saga, circumstances)
    }

    func order(for claim: Claim, in saga: Saga) -> WorkOrder? {
        guard let step = saga.step(claim.step), let definition = saga.definition.step(claim.step) else { return nil }
        return WorkOrder(claim: claim, saga: saga, step: step, definition: definition)
    }
}
