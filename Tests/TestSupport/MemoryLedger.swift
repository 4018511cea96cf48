package import SagaCore
import Synchronization

/// A store in memory that keeps the same promises as the real one, for the contract suite and the simulator.
package final class MemoryLedger: Ledger {
    private let state = Mutex(MemoryState())

    /// - Parameter keepsDecisions: for `takeDecisions`.
    package init(keepsDecisions: Bool = false) {
        if keepsDecisions { state.withLock { $0.decided = [] } }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result {
        try writeNow(body)
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerReading) throws -> Result
    ) async throws -> Result {
        try body(MemoryTransaction(state.withLock { $0 }))
    }

    package func writeNow<Result: Sendable>(_ body: (any LedgerTransaction) throws -> Result) throws -> Result {
        try state.withLock { state in
            let transaction = MemoryTransaction(state)
            let result = try body(transaction)
            state = transaction.state
            return result
        }
    }

    package func changes() -> AsyncStream<Void> {
        AsyncStream { $0.finish() }
    }

    /// The sagas that were written since a mark, and the mark for the next look.
    package func changed(since mark: Int) -> (sagas: [Saga], mark: Int) {
        state.withLock { state in
            (state.sagas.values.filter { $0.changedAt > mark }.map(\.saga).sorted { $0.id < $1.id }, state.writes)
        }
    }

    /// Every decision since the last call, as the saga before and after it.
    package func takeDecisions() -> [(before: Saga, after: Saga)] {
        state.withLock { state in
            defer { if state.decided != nil { state.decided = [] } }
            return state.decided ?? []
        }
    }
}

final class MemoryTransaction: LedgerTransaction {
    var state: MemoryState

    init(_ state: MemoryState) {
        self.state = state
    }

    struct Gone: Error {}

    // MARK: Reading

    func saga(_ id: String) throws -> Saga? { state.sagas[id]?.saga }
    func definitionText(of saga: String) throws -> String? { state.sagas[saga]?.text }

    func saga(withIdempotencyKey key: String) throws -> Saga? {
        state.sagas.values.first { $0.saga.idempotencyKey == key }?.saga
            ?? state.keys[key].flatMap { state.sagas[$0]?.saga }
    }

    func sagas(_ filter: SagaFilter) throws -> [Saga] {
        let found = state.sagas.values.map(\.saga).filter { saga in
            if let name = filter.name, saga.name != name { return false }
            if let status = filter.status, saga.status != status { return false }
            if let since = filter.since, saga.createdAt < since { return false }
            if let key = filter.idempotencyKey, saga.idempotencyKey != key, state.keys[key] != saga.id { return false }
            if let cursor = filter.cursor, saga.id >= cursor { return false }
            return true
        }
        return Array(found.sorted { $0.id > $1.id }.prefix(filter.limit))
    }

    func counts(name: String?) throws -> [SagaStatus: Int] {
        let found = state.sagas.values.map(\.saga).filter { name == nil || $0.name == name }
        return found.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
    }

    func holder(ofConcurrencyKey key: String) throws -> String? {
        let holders = state.sagas.values.map(\.saga).filter { saga in
            guard saga.concurrencyKey == key else { return false }
            return saga.status == .running || saga.status == .compensating
        }
        return holders.map(\.id).min()
    }

    func queue(forConcurrencyKey key: String) throws -> [String] {
        state.sagas.values.map(\.saga).filter { $0.concurrencyKey == key && $0.status == .pending }.map(\.id).sorted()
    }

    func journal(of saga: String?, after: Int64, limit: Int) throws -> [StoredEntry] {
        Array(state.journal.filter { $0.id > after && (saga == nil || $0.saga == saga) }.prefix(limit))
    }

    func latestJournal(limit: Int) throws -> [StoredEntry] {
        Array(state.journal.suffix(limit).reversed())
    }

    func waits(for keys: [String]) throws -> [(saga: String, step: String)] {
        var found: [(saga: String, step: String)] = []
        for saga in state.sagas.values.map(\.saga).sorted(by: { $0.id < $1.id }) {
            for step in saga.steps {
                let own = step.wait?.keys ?? []
                if own.contains(where: keys.contains) { found.append((saga.id, step.name)) }
            }
        }
        return found
    }

    func sagasWithWaits(after: String, limit: Int) throws -> [String] {
        let found = state.sagas.values.map(\.saga).filter { $0.id > after && !$0.waitKeys.isEmpty }
        return Array(found.map(\.id).sorted().prefix(limit))
    }

    func signals(for keys: [String]) throws -> [StoredSignal] {
        state.signals.filter { stored in stored.signal.keys.contains(where: keys.contains) }
    }

    func signals(_ filter: SignalFilter) throws -> [ListedSignal] {
        let listed = state.signals.reversed().map { ListedSignal($0, isMatched: state.matched.contains($0.id)) }
        return Array(
            listed.filter { signal in
                signal.stored.id < filter.before ?? .max && !(filter.isUnmatched && signal.isMatched)
            }.prefix(filter.limit))
    }

    private func serves(_ executor: Executor, _ key: MemoryState.Key, _ row: MemoryState.Row) -> Bool {
        (row.needs.isEmpty || executor.allowsShell) && (executor.saga == nil || executor.saga == key.saga)
            && state.sagas[key.saga]?.saga.isPaused == false
    }

    func nextDue(for executor: Executor) throws -> Moment? {
        state.due.filter { serves(executor, $0.key, $0.value) }.map(\.value.readyAt).min()
    }

    func executors(since: Moment) throws -> [Executor] {
        state.executors.values.filter { $0.1 >= since }.map(\.0).sorted { $0.id < $1.id }
    }

    func holds(_ claim: Claim) throws -> Bool {
        let row = state.due[key(claim)]
        return row?.owner != nil && row?.epoch == claim.epoch
    }

    private func key(_ claim: Claim) -> MemoryState.Key {
        MemoryState.Key(saga: claim.saga, step: claim.step, kind: claim.kind)
    }

    // MARK: Writing

    func insert(
        _ saga: Saga, definition: String, journal: [JournalEntry], at now: Moment, lease: Lease?
    ) throws -> [Claim] {
        state.writes += 1
        state.sagas[saga.id] = MemoryState.Kept(saga: saga, text: definition, version: 1, changedAt: state.writes)
        var claims: [Claim] = []
        for due in saga.agenda {
            var row = MemoryState.Row(needs: due.needs, readyAt: due.at ?? now, owner: nil, epoch: 1 << 20)
            if let lease, due.kind == .attempt, case .begun(_, lease.owner)? = saga.step(due.step)?.activity {
                (row.readyAt, row.owner) = (lease.until, lease.owner)
                claims.append(Claim(saga: saga.id, step: due.step, kind: due.kind, epoch: row.epoch))
            }
            state.due[.init(saga: saga.id, step: due.step, kind: due.kind)] = row
        }
        for entry in journal { try append(entry, to: saga.id, at: now) }
        return claims
    }

    func save(
        _ saga: Saga, replacing old: Saga, journal: [JournalEntry], at now: Moment, lease: Lease?
    ) throws -> [Claim] {
        guard let kept = state.sagas[saga.id] else { throw Gone() }
        let version = kept.version + 1
        state.writes += 1
        state.decided?.append((old, saga))
        state.sagas[saga.id] = MemoryState.Kept(
            saga: saga, text: kept.text, version: version, changedAt: state.writes)
        for entry in journal { try append(entry, to: saga.id, at: now) }
        let agenda = byKey(saga)
        let before = byKey(old)
        for key in state.due.keys where key.saga == saga.id && agenda[key] == nil { state.due[key] = nil }
        var claims: [Claim] = []
        for (key, due) in agenda.sorted(by: { $0.key.step < $1.key.step }) {
            var row =
                state.due[key] ?? .init(needs: due.needs, readyAt: due.at ?? now, owner: nil, epoch: version << 20)
            if let lease, key.kind == .attempt, case .begun(_, lease.owner)? = saga.step(key.step)?.activity,
                saga.step(key.step) != old.step(key.step)
            {
                row = .init(needs: due.needs, readyAt: lease.until, owner: lease.owner, epoch: version << 20)
                claims.append(Claim(saga: saga.id, step: key.step, kind: key.kind, epoch: row.epoch))
            } else if let at = due.at, before[key]?.at != at {
                row = .init(needs: due.needs, readyAt: at, owner: nil, epoch: version << 20)
            }
            state.due[key] = row
        }
        return claims
    }

    private func byKey(_ saga: Saga) -> [MemoryState.Key: Due] {
        var rows: [MemoryState.Key: Due] = [:]
        for due in saga.agenda { rows[.init(saga: saga.id, step: due.step, kind: due.kind)] = due }
        return rows
    }

    func addKey(_ key: String, to saga: String) throws {
        if try self.saga(withIdempotencyKey: key) == nil { state.keys[key] = saga }
    }

    func delete(_ saga: String) throws {
        state.keys = state.keys.filter { $0.value != saga }
        state.sagas[saga] = nil
        state.due = state.due.filter { $0.key.saga != saga }
        state.journal.removeAll { $0.saga == saga }
    }

    func ready(for executor: Executor, saga: String?, limit: Int, now: Moment) throws -> [Claim] {
        let ready = state.due.filter {
            $0.value.readyAt <= now && serves(executor, $0.key, $0.value) && (saga == nil || $0.key.saga == saga)
        }
        let sorted = ready.sorted { left, right in
            if left.value.readyAt != right.value.readyAt { return left.value.readyAt < right.value.readyAt }
            return (left.key.saga, left.key.step, left.key.kind.rawValue)
                < (right.key.saga, right.key.step, right.key.kind.rawValue)
        }
        return sorted.prefix(limit).map {
            Claim(saga: $0.key.saga, step: $0.key.step, kind: $0.key.kind, epoch: $0.value.epoch)
        }
    }

    func take(_ claim: Claim, lease: Lease) throws -> Claim {
        var taken = claim
        taken.epoch += 1
        state.due[key(claim)]?.owner = lease.owner
        state.due[key(claim)]?.readyAt = lease.until
        state.due[key(claim)]?.epoch = taken.epoch
        return taken
    }

    func release(_ claim: Claim, at now: Moment) throws {
        guard state.due[key(claim)]?.epoch == claim.epoch else { return }
        state.due[key(claim)]?.owner = nil
        state.due[key(claim)]?.readyAt = now
    }

    func renew(_ claims: [Claim], lease: Lease) throws -> [Claim] {
        claims.filter { claim in
            guard let row = state.due[key(claim)], row.epoch == claim.epoch, row.owner == lease.owner else {
                return true
            }
            state.due[key(claim)]?.readyAt = lease.until
            return false
        }
    }

    func insert(_ delivery: InboxDelivery, at now: Moment) throws -> [StoredSignal]? {
        let names = [
            delivery.id.map { "\(delivery.source) \($0)" }, delivery.semanticKey.map { "\(delivery.source)=\($0)" },
        ]
        .compactMap { $0 }
        guard state.deliveries.isDisjoint(with: names) else { return nil }
        state.deliveries.formUnion(names)
        return delivery.signals.map { signal in
            let stored = StoredSignal(
                id: Int64(state.signals.count + 1), source: delivery.source, receivedAt: now, signal: signal)
            state.signals.append(stored)
            return stored
        }
    }

    func markMatched(_ signal: Int64) throws { state.matched.insert(signal) }

    func append(_ entry: JournalEntry, to saga: String, at now: Moment) throws {
        state.journal.append(
            StoredEntry(id: (state.journal.last?.id ?? 0) + 1, saga: saga, at: now, entry: entry))
    }

    func register(_ executor: Executor, at now: Moment) throws { state.executors[executor.id] = (executor, now) }
    func unregister(_ executor: String) throws { state.executors[executor] = nil }
}
