/// The doors between the rooms: what the engine needs of a store, and of whoever runs actions.

/// A right to do one piece of work, until its lease runs out. Every write that follows from it checks the epoch.
package struct Claim: Hashable, Sendable {
    package var saga: String
    package var step: String
    package var kind: Due.Kind
    /// Grows whenever the work changes hands; a write with an old epoch is a late result.
    package var epoch: Int64

    package init(saga: String, step: String, kind: Due.Kind, epoch: Int64) {
        self.saga = saga
        self.step = step
        self.kind = kind
        self.epoch = epoch
    }
}

/// Who claims, and until when the claim holds without being renewed.
package struct Lease: Hashable, Sendable {
    package var owner: String
    package var until: Moment

    package init(owner: String, until: Moment) {
        self.owner = owner
        self.until = until
    }
}

/// A process that runs the engine over a store.
package struct Executor: Hashable, Sendable {
    package var id: String
    /// `receiver` or `plugin`, with the host: for people.
    package var name: String
    package var allowsShell: Bool
    /// The only saga it works for; nil for all.
    package var saga: String?

    package init(id: String, name: String, allowsShell: Bool, saga: String? = nil) {
        self.id = id
        self.name = name
        self.allowsShell = allowsShell
        self.saga = saga
    }
}

/// A webhook, stream event or call that was accepted, with the signals it carried.
package struct InboxDelivery: Hashable, Sendable {
    /// `gitea`, `github`, …, `api`, `stream`.
    package var source: String
    /// The sender's own id, where it has one: the same id is stored once.
    package var id: String?
    /// The same fact under another id is stored once too.
    package var semanticKey: String?
    package var signals: [Signal]

    package init(source: String, id: String? = nil, semanticKey: String? = nil, signals: [Signal]) {
        self.source = source
        self.id = id
        self.semanticKey = semanticKey
        self.signals = signals
    }
}

/// A signal as it lies in the inbox.
package struct StoredSignal: Hashable, Sendable {
    package var id: Int64
    package var source: String
    package var receivedAt: Moment
    package var signal: Signal

    package init(id: Int64, source: String, receivedAt: Moment, signal: Signal) {
        self.id = id
        self.source = source
        self.receivedAt = receivedAt
        self.signal = signal
    }
}

/// Which signals of the inbox are listed, newest first.
package struct SignalFilter: Hashable, Sendable {
    /// Only those that no step waited for.
    package var isUnmatched: Bool
    /// Only those with an id below it: the last one of the page before.
    package var before: Int64?
    package var limit: Int

    package init(isUnmatched: Bool = false, before: Int64? = nil, limit: Int) {
        self.isUnmatched = isUnmatched
        self.before = before
        self.limit = limit
    }
}

/// A signal of the inbox, and whether a step waited for it.
package struct ListedSignal: Hashable, Sendable {
    package var stored: StoredSignal
    package var isMatched: Bool

    package init(_ stored: StoredSignal, isMatched: Bool) {
        self.stored = stored
        self.isMatched = isMatched
    }

    package var json: JSONValue {
        [
            "id": .int(stored.id), "source": .string(stored.source),
            "received_at": .string(stored.receivedAt.description), "matched": .bool(isMatched),
            "signal": stored.signal.json,
        ]
    }
}

/// A journal entry as it was stored.
package struct StoredEntry: Hashable, Sendable {
    /// Grows over all sagas; the cursor of a journal.
    package var id: Int64
    package var saga: String
    package var at: Moment
    package var entry: JournalEntry

    package init(id: Int64, saga: String, at: Moment, entry: JournalEntry) {
        self.id = id
        self.saga = saga
        self.at = at
        self.entry = entry
    }
}

/// What can be read of a store, all of it found by an index.
package protocol LedgerReading {
    func saga(_ id: String) throws -> Saga?
    func definitionText(of saga: String) throws -> String?
    /// By the key that it was started with, or one that it was given later.
    func saga(withIdempotencyKey key: String) throws -> Saga?
    /// Newest first.
    func sagas(_ filter: SagaFilter) throws -> [Saga]
    /// How many sagas there are in each status; of one name, or of all.
    func counts(name: String?) throws -> [SagaStatus: Int]
    /// The live saga that holds a concurrency key: not pending, not ended.
    func holder(ofConcurrencyKey key: String) throws -> String?
    /// The pending sagas that wait for a concurrency key, oldest first.
    func queue(forConcurrencyKey key: String) throws -> [String]
    /// Entries with an id beyond `after`, oldest first; of one saga, or of all.
    func journal(of saga: String?, after: Int64, limit: Int) throws -> [StoredEntry]
    /// The last entries of all sagas, newest first.
    func latestJournal(limit: Int) throws -> [StoredEntry]
    /// The steps that wait under any of these keys.
    func waits(for keys: [String]) throws -> [(saga: String, step: String)]
    /// The sagas of which a step waits for a signal, by id; only those with an id beyond `after`.
    func sagasWithWaits(after: String, limit: Int) throws -> [String]
    /// The signals under any of these keys, oldest first.
    func signals(for keys: [String]) throws -> [StoredSignal]
    /// Newest first.
    func signals(_ filter: SignalFilter) throws -> [ListedSignal]
    /// When the next row of the due queue is ready for this executor; nil where none is.
    func nextDue(for executor: Executor) throws -> Moment?
    /// The executors that were seen since a moment.
    func executors(since: Moment) throws -> [Executor]
    /// Whether a claim still stands.
    func holds(_ claim: Claim) throws -> Bool
}

/// One transaction of a store. State, agenda and journal go in together, or not at all.
package protocol LedgerTransaction: LedgerReading {
    /// Writes a new saga. With a `lease`, every attempt that it shows as begun by the lease's owner is claimed.
    @discardableResult
    func insert(_ saga: Saga, definition: String, journal: [JournalEntry], at now: Moment, lease: Lease?) throws
        -> [Claim]
    /// Writes what differs from `old`: the saga, its steps, its agenda and the keys of its waits.
    ///
    /// With a `lease`, every attempt that `saga` shows as begun by the lease's owner, and `old` does not, is claimed.
    func save(_ saga: Saga, replacing old: Saga, journal: [JournalEntry], at now: Moment, lease: Lease?) throws
        -> [Claim]
    /// Gives a saga a further key; one that any saga has already stays with that.
    func addKey(_ key: String, to saga: String) throws
    func delete(_ saga: String) throws
    /// Rows of the due queue that are ready for this executor, or for this saga alone; longest due first.
    func ready(for executor: Executor, saga: String?, limit: Int, now: Moment) throws -> [Claim]
    /// Takes a ready row: a new epoch, ready again when the lease runs out.
    func take(_ claim: Claim, lease: Lease) throws -> Claim
    /// Gives a row back, ready at once and nobody's; for an executor that stops.
    func release(_ claim: Claim, at now: Moment) throws
    /// Prolongs leases; returns the claims that are lost.
    func renew(_ claims: [Claim], lease: Lease) throws -> [Claim]
    /// Stores a delivery's signals; nil where it was stored before.
    func insert(_ delivery: InboxDelivery, at now: Moment) throws -> [StoredSignal]?
    func markMatched(_ signal: Int64) throws
    func append(_ entry: JournalEntry, to saga: String, at now: Moment) throws
    func register(_ executor: Executor, at now: Moment) throws
    func unregister(_ executor: String) throws
}

/// A store, as everything above it sees it.
package protocol Ledger: Sendable {
    /// Runs one transaction and returns once it is durable. Callers that wait at the same time share one commit.
    ///
    /// The body may run again where another caller's failed beside it: it changes nothing but the transaction.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerReading) throws -> Result
    ) async throws -> Result
    /// Rings after commits of this process, and when another process has written. Rings may be merged.
    func changes() -> AsyncStream<Void>
}

/// What an executor is to do.
package struct WorkOrder: Sendable {
    package var claim: Claim
    package var saga: Saga
    package var step: Step
    package var definition: StepDefinition
    /// What signals said about the wait that is to be read, oldest first.
    package var signals: [StoredSignal]

    package init(claim: Claim, saga: Saga, step: Step, definition: StepDefinition, signals: [StoredSignal] = []) {
        self.claim = claim
        self.saga = saga
        self.step = step
        self.definition = definition
        self.signals = signals
    }
}

/// Runs attempts and reads waits in the outside world.
package protocol ActionRunner: Sendable {
    /// Never throws: everything that can go wrong is an outcome.
    func run(_ order: WorkOrder) async -> Outcome
}

extension LedgerTransaction {
    /// Writes a new saga and claims nothing of it.
    package func insert(_ saga: Saga, definition: String, journal: [JournalEntry], at now: Moment) throws {
        try insert(saga, definition: definition, journal: journal, at: now, lease: nil)
    }
}
