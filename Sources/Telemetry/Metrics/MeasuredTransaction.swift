import SagaCore

/// Hands everything on to a transaction, and notes what is counted.
final class MeasuredTransaction: LedgerTransaction {
    private let base: any LedgerTransaction
    private var noted: [LedgerChange] = []
    private var signals: [(id: Int64, source: String, isMatched: Bool)] = []

    init(_ base: any LedgerTransaction) {
        self.base = base
    }

    var changes: [LedgerChange] {
        noted + signals.map { .signals(source: $0.source, matched: $0.isMatched) }
    }

    // MARK: What is counted

    /// A saga that is written as one that goes was pending before, if only for the length of the decision.
    func insert(
        _ saga: Saga, definition: String, journal: [JournalEntry], at now: Moment, lease: Lease?
    ) throws -> [Claim] {
        let claims = try base.insert(saga, definition: definition, journal: journal, at: now, lease: lease)
        let pending = Saga(id: saga.id, definition: saga.definition, createdAt: saga.createdAt)
        noted.append(.reached(name: saga.name, pending.status))
        noted += LedgerChange.changes(from: pending, to: saga, journal: journal)
        return claims
    }

    func save(
        _ saga: Saga, replacing old: Saga, journal: [JournalEntry], at now: Moment, lease: Lease?
    ) throws -> [Claim] {
        let claims = try base.save(saga, replacing: old, journal: journal, at: now, lease: lease)
        noted += LedgerChange.changes(from: old, to: saga, journal: journal)
        return claims
    }

    func insert(_ delivery: InboxDelivery, at now: Moment) throws -> [StoredSignal]? {
        guard let stored = try base.insert(delivery, at: now) else {
            noted.append(.seenBefore(source: delivery.source))
            return nil
        }
        signals += stored.map { ($0.id, $0.source, false) }
        return stored
    }

    func markMatched(_ signal: Int64) throws {
        try base.markMatched(signal)
        if let index = signals.firstIndex(where: { $0.id == signal }) { signals[index].isMatched = true }
    }

    // MARK: What is not

    func addKey(_ key: String, to saga: String) throws { try base.addKey(key, to: saga) }
    func delete(_ saga: String) throws { try base.delete(saga) }
    func ready(for executor: Executor, saga: String?, limit: Int, now: Moment) throws -> [Claim] {
        try base.ready(for: executor, saga: saga, limit: limit, now: now)
    }
    func take(_ claim: Claim, lease: Lease) throws -> Claim { try base.take(claim, lease: lease) }
    func release(_ claim: Claim, at now: Moment) throws { try base.release(claim, at: now) }
    func renew(_ claims: [Claim], lease: Lease) throws -> [Claim] { try base.renew(claims, lease: lease) }
    func append(_ entry: JournalEntry, to saga: String, at now: Moment) throws {
        try base.append(entry, to: saga, at: now)
    }
    func register(_ executor: Executor, at now: Moment) throws { try base.register(executor, at: now) }
    func unregister(_ executor: String) throws { try base.unregister(executor) }

    func saga(_ id: String) throws -> Saga? { try base.saga(id) }
    func definitionText(of saga: String) throws -> String? { try base.definitionText(of: saga) }
    func saga(withIdempotencyKey key: String) throws -> Saga? { try base.saga(withIdempotencyKey: key) }
    func sagas(_ filter: SagaFilter) throws -> [Saga] { try base.sagas(filter) }
    func counts(name: String?) throws -> [SagaStatus: Int] { try base.counts(name: name) }
    func holder(ofConcurrencyKey key: String) throws -> String? { try base.holder(ofConcurrencyKey: key) }
    func queue(forConcurrencyKey key: String) throws -> [String] { try base.queue(forConcurrencyKey: key) }
    func journal(of saga: String?, after: Int64, limit: Int) throws -> [StoredEntry] {
        try base.journal(of: saga, after: after, limit: limit)
    }
    func latestJournal(limit: Int) throws -> [StoredEntry] { try base.latestJournal(limit: limit) }
    func waits(for keys: [String]) throws -> [(saga: String, step: String)] { try base.waits(for: keys) }
    func sagasWithWaits(after: String, limit: Int) throws -> [String] {
        try base.sagasWithWaits(after: after, limit: limit)
    }
    func signals(for keys: [String]) throws -> [StoredSignal] { try base.signals(for: keys) }
    func signals(_ filter: SignalFilter) throws -> [ListedSignal] { try base.signals(filter) }
    func nextDue(for executor: Executor) throws -> Moment? { try base.nextDue(for: executor) }
    func executors(since: Moment) throws -> [Executor] { try base.executors(since: since) }
    func holds(_ claim: Claim) throws -> Bool { try base.holds(claim) }
}
