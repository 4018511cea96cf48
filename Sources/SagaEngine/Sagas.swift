package import SagaCore

/// What programs ask of the sagas in a store: one method, one transaction.
package struct Sagas: Sendable {
    package let ledger: any Ledger
    private let now: @Sendable () -> Moment
    private let ids: IDs
    private let engine: Engine?

    /// - Parameter engine: the engine of this process, if it has one; it goes on at once with what a start made due.
    package init(ledger: any Ledger, engine: Engine? = nil, ids: IDs = IDs(), now: @escaping @Sendable () -> Moment) {
        self.ledger = ledger
        self.engine = engine
        self.ids = ids
        self.now = now
    }

    var moment: Moment { now() }

    private var circumstances: Circumstances {
        Circumstances(now: now(), chance: .random(in: 0...1), executor: engine?.executorWithRoom)
    }

    /// - Throws: `StartRefusal`, or what the store throws.
    package func start(_ request: StartRequest) async throws -> StartResult {
        let circumstances = circumstances
        let id = ids.next(at: circumstances.now)
        let (result, orders) = try await ledger.write { try $0.start(request, id: id, circumstances) }
        engine?.take(orders)
        return result
    }

    /// - Parameter note: goes into the journal of every step that the delivery wakes.
    /// - Returns: nil where the delivery was stored before.
    package func deliver(_ delivery: InboxDelivery, noting note: JournalEntry? = nil) async throws -> DeliveryReceipt? {
        let circumstances = Circumstances(now: now())
        return try await ledger.write { transaction in
            let receipt = try transaction.deliver(delivery, circumstances)
            for match in receipt?.matched ?? [] {
                guard var entry = note else { break }
                entry.step = match.step
                try transaction.append(entry, to: match.saga, at: circumstances.now)
            }
            return receipt
        }
    }

    /// - Returns: the saga as it is afterwards; nil where there is none of that id.
    /// - Throws: `Refusal`.
    package func operate(_ operation: Operation, on id: String, by actor: Actor) async throws -> Saga? {
        let circumstances = circumstances
        let (saga, orders) = try await ledger.write { transaction -> (Saga?, [WorkOrder]) in
            guard let saga = try transaction.saga(id) else { return (nil, []) }
            try transaction.checkConcurrencyKey(of: saga, for: operation)
            let orders = try transaction.apply(.operate(operation, by: actor), to: saga, circumstances)
            return (try transaction.saga(id), orders)
        }
        engine?.take(orders)
        return saga
    }

    /// Gives a saga a further idempotency key, for whoever goes on with it under another name.
    ///
    /// - Returns: the saga; nil where there is none of that id.
    /// - Throws: `StartRefusal.keyReused` where another saga has that key.
    package func addKey(_ key: String, to id: String) async throws -> Saga? {
        try await ledger.write { transaction in
            guard let saga = try transaction.saga(id) else { return nil }
            try transaction.addKey(key, to: id)
            guard let owner = try transaction.saga(withIdempotencyKey: key), owner.id == id else {
                throw StartRefusal.keyReused(saga: try transaction.saga(withIdempotencyKey: key)?.id ?? "")
            }
            return saga
        }
    }

    /// - Returns: whether there was a saga of that id.
    /// - Throws: `Refusal` unless it is terminal.
    package func delete(_ id: String) async throws -> Bool {
        try await ledger.write { transaction in
            guard let saga = try transaction.saga(id) else { return false }
            guard saga.status.isTerminal else {
                throw Refusal.notAllowed(
                    operation: "delete", status: saga.status.rawValue, allowed: saga.allowedOperations)
            }
            try transaction.delete(id)
            return true
        }
    }

    package func list(_ filter: SagaFilter) async throws -> [Saga] {
        try await ledger.read { try $0.sagas(filter) }
    }

    package func saga(_ id: String) async throws -> Saga? {
        try await ledger.read { try $0.saga(id) }
    }

    /// A saga with all that its view shows.
    package func view(_ id: String, publicURL: String?) async throws -> SagaView? {
        let now = now()
        return try await ledger.read { try $0.view(id, publicURL: publicURL, now: now) }
    }

    package func views(_ filter: SagaFilter, publicURL: String?) async throws -> [SagaView] {
        let now = now()
        return try await ledger.read { reading in
            try reading.sagas(filter).compactMap { try reading.view($0.id, publicURL: publicURL, now: now) }
        }
    }

    /// As `views`, without what only a single saga's page shows: journal and definition.
    package func summaries(_ filter: SagaFilter) async throws -> [SagaView] {
        let now = now()
        return try await ledger.read { reading in
            let alive = try reading.executors(since: now + .seconds(-30))
            return try reading.sagas(filter).map { saga in
                SagaView(
                    saga: saga, definitionText: "", journal: [], publicURL: nil, now: now, executors: alive,
                    keyHolder: try reading.keyHolder(for: saga))
            }
        }
    }

    /// How many sagas there are in each status; of one name, or of all.
    package func counts(name: String?) async throws -> [SagaStatus: Int] {
        try await ledger.read { try $0.counts(name: name) }
    }

    /// The inbox, newest first.
    package func signals(_ filter: SignalFilter) async throws -> [ListedSignal] {
        try await ledger.read { try $0.signals(filter) }
    }

    package func journal(of id: String?, after: Int64 = 0, limit: Int) async throws -> [StoredEntry] {
        try await ledger.read { try $0.journal(of: id, after: after, limit: limit) }
    }

    /// The id of the newest entry of any journal; 0 where there is none.
    package func newestEntry() async throws -> Int64 {
        try await ledger.read { try $0.latestJournal(limit: 1) }.first?.id ?? 0
    }
}

extension Sagas {
    /// Sagas that run or roll back, newest first; a page of them, whatever waits beside it.
    package func live(before cursor: String?, limit: Int) async throws -> [SagaView] {
        var found: [SagaView] = []
        for status in [SagaStatus.running, .compensating] {
            found += try await summaries(SagaFilter(status: status, limit: limit, cursor: cursor))
        }
        return Array(found.sorted { $0.saga.id > $1.saga.id }.prefix(limit))
    }

    /// The last journal entries that a condition picks out of the newest `reach`, each with its saga, newest first.
    package func latest(
        _ limit: Int, of reach: Int, where picks: @escaping @Sendable (JournalEntry) -> Bool
    ) async throws -> [(entry: StoredEntry, saga: Saga)] {
        try await ledger.read { reading in
            try reading.latestJournal(limit: reach).lazy.filter { picks($0.entry) }.prefix(limit).compactMap { stored in
                try reading.saga(stored.saga).map { (stored, $0) }
            }
        }
    }
}

extension LedgerTransaction {
    /// Going on with a saga that had ended takes its concurrency key again, which another one may hold by now.
    fileprivate func checkConcurrencyKey(of saga: Saga, for operation: Operation) throws {
        guard saga.status.isTerminal, let key = saga.concurrencyKey else { return }
        switch operation {
        case .retry, .skip, .compensate:
            guard let holder = try holder(ofConcurrencyKey: key), holder != saga.id else { return }
            throw Refusal.concurrencyKeyHeld(key: key, by: holder)
        case .complete, .fail, .approve, .reject, .cancel, .supersede, .kill, .pause, .resume, .changeVars:
            return
        }
    }
}

extension LedgerReading {
    fileprivate func view(_ id: String, publicURL: String?, now: Moment) throws -> SagaView? {
        guard let saga = try saga(id) else { return nil }
        let alive = try executors(since: now + .seconds(-30))
        return SagaView(
            saga: saga, definitionText: try definitionText(of: id) ?? "",
            journal: try journal(of: id, after: 0, limit: .max), publicURL: publicURL, now: now,
            executors: alive, keyHolder: try keyHolder(for: saga))
    }

    /// Who holds the concurrency key that the saga waits for.
    fileprivate func keyHolder(for saga: Saga) throws -> String? {
        try saga.status == .pending ? saga.concurrencyKey.flatMap(holder(ofConcurrencyKey:)) : nil
    }
}
