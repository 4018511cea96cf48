package import SagaCore

extension LedgerTransaction {
    /// Starts a saga, or finds the one that the same idempotency key started.
    ///
    /// - Returns: the result, and the attempts that the circumstances' executor claimed with it.
    /// - Throws: `StartRefusal`.
    package func start(
        _ request: StartRequest, id: String, _ circumstances: Circumstances
    ) throws -> (result: StartResult, orders: [WorkOrder]) {
        let vars = try request.checkedVars()
        if let key = request.idempotencyKey, let existing = try saga(withIdempotencyKey: key) {
            guard existing.definition == request.definition, existing.initialVars ?? existing.vars == vars else {
                throw StartRefusal.keyReused(saga: existing.id)
            }
            return (.replayed(existing), [])
        }
        var saga = Saga(
            id: id, definition: request.definition, vars: vars, origin: request.origin,
            createdAt: circumstances.now, idempotencyKey: request.idempotencyKey)
        saga.concurrencyKey = try concurrencyKey(of: saga)
        try makeRoom(for: saga, circumstances)
        let created = JournalEntry(
            .sagaCreated, actor: request.actor, data: .object(compacting: ["vars": .object(vars)]))
        if let key = saga.concurrencyKey, try holder(ofConcurrencyKey: key) != nil {
            try insert(
                saga, definition: request.definitionText, journal: [created], at: circumstances.now)
            return (.created(saga), [])
        }
        let orders = try insertStarted(&saga, request.definitionText, [created], circumstances)
        return (.created(saga), orders)
    }

    /// Writes a saga that goes at once, with what that starts and claims: it is never seen pending.
    private func insertStarted(
        _ saga: inout Saga, _ definition: String, _ journal: [JournalEntry], _ circumstances: Circumstances
    ) throws -> [WorkOrder] {
        let decision = try saga.decide(.start, now: circumstances.now, chance: circumstances.chance)
        saga = decision.saga
        var journal = journal + decision.journal
        if let executor = circumstances.executor { beginOwed(&saga, &journal, executor, circumstances.now) }
        let claims = try insert(
            saga, definition: definition, journal: journal, at: circumstances.now, lease: circumstances.lease)
        var orders = claims.compactMap { order(for: $0, in: saga) }
        if saga.status.isTerminal, let key = saga.concurrencyKey {
            orders += try startNext(forConcurrencyKey: key, circumstances)
        }
        return orders
    }

    private func concurrencyKey(of saga: Saga) throws(StartRefusal) -> String? {
        guard let concurrency = saga.definition.concurrency else { return nil }
        do {
            return try Template.parse(concurrency.key).render(in: saga.context).text
        } catch {
            throw .concurrencyKey("\(error)")
        }
    }

    /// What the policy does about the saga that holds the key.
    private func makeRoom(for saga: Saga, _ circumstances: Circumstances) throws {
        guard let key = saga.concurrencyKey, let policy = saga.definition.concurrency?.policy,
            let holder = try holder(ofConcurrencyKey: key)
        else { return }
        switch policy {
        case .queue:
            break
        case .reject:
            throw StartRefusal.held(key: key, by: holder)
        case .supersede:
            for id in try queue(forConcurrencyKey: key) + [holder] {
                guard let older = try self.saga(id), older.status == .pending || older.status == .running,
                    !older.isDraining
                else { continue }
                try apply(.operate(.supersede(by: saga.id), by: Actor("saga \(saga.id)")), to: older, circumstances)
            }
        }
    }
}
