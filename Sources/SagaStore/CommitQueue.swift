import GRDB
import SagaCore
import Synchronization

/// Group commit: callers hand in closures; as many as are waiting run as savepoints inside one physical
/// transaction, and each caller is answered after the commit. One failing closure rolls back alone.
///
/// This is what makes `synchronous = FULL` affordable: a sync of the disk is shared by all who wait for one.
final class CommitQueue: Sendable {
    /// Runs inside the transaction and returns what to do once it is known whether the commit stands.
    typealias Job = @Sendable (Database) throws -> @Sendable (Result<Void, any Error>) -> Void

    private struct Entry {
        var job: Job
        var refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Entry] = []
        var isDraining = false
    }

    /// Bounds how long the first caller of a batch waits for the last one.
    private static let largestBatch = 256

    private let writer: any DatabaseWriter
    private let state = Mutex(State())
    private let willBatch: @Sendable (Database) throws -> Void
    private let didRollBack: @Sendable () -> Void
    private let didCommit: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - willBatch: runs at the start of each physical transaction.
    ///   - didRollBack: runs when a closure or the commit failed, before anything else runs.
    ///   - didCommit: gets the number of decisions after each commit.
    init(
        writer: any DatabaseWriter, willBatch: @escaping @Sendable (Database) throws -> Void,
        didRollBack: @escaping @Sendable () -> Void, didCommit: @escaping @Sendable (Int) -> Void
    ) {
        self.writer = writer
        self.willBatch = willBatch
        self.didRollBack = didRollBack
        self.didCommit = didCommit
    }

    func submit<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            enqueue(
                Entry(
                    job: { db in
                        let value = try body(db)
                        return { continuation.resume(with: $0.map { value }) }
                    },
                    refuse: { continuation.resume(throwing: $0) }))
        }
    }

    private func enqueue(_ entry: Entry) {
        let startsDrain = state.withLock { state in
            state.waiting.append(entry)
            defer { state.isDraining = true }
            return !state.isDraining
        }
        guard startsDrain else { return }
        writer.asyncWriteWithoutTransaction { [self] db in
            while let batch = nextBatch() { run(batch, in: db) }
        }
    }

    private func nextBatch() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDraining = false
                return nil
            }
            let batch = Array(state.waiting.prefix(Self.largestBatch))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func run(_ batch: [Entry], in db: Database) {
        var answers: [@Sendable (Result<Void, any Error>) -> Void] = []
        var refusals: [() -> Void] = []
        var outcome: Result<Void, any Error> = .success(())
        do {
            try db.beginTransaction(.immediate)
            try willBatch(db)
            for entry in batch {
                do {
                    try savepoint(db, entry.job, into: &answers)
                } catch {
                    didRollBack()
                    refusals.append { entry.refuse(error) }
                    // A full disk or an I/O error may have ended the whole transaction.
                    guard db.isInsideTransaction else { throw error }
                }
            }
            try db.commit()
            didCommit(answers.count)
        } catch {
            didRollBack()
            if db.isInsideTransaction { try? db.rollback() }
            outcome = .failure(error)
            for entry in batch.dropFirst(answers.count + refusals.count) {
                refusals.append { entry.refuse(error) }
            }
        }
        for answer in answers { answer(outcome) }
        for refuse in refusals { refuse() }
    }

    private func savepoint(
        _ db: Database, _ job: Job, into answers: inout [@Sendable (Result<Void, any Error>) -> Void]
    ) throws {
        try db.cachedStatement(sql: "SAVEPOINT job").execute()
        do {
            let answer = try job(db)
            try db.cachedStatement(sql: "RELEASE job").execute()
            answers.append(answer)
        } catch {
            if db.isInsideTransaction {
                try db.cachedStatement(sql: "ROLLBACK TO job").execute()
                try db.cachedStatement(sql: "RELEASE job").execute()
            }
            throw error
        }
    }
}
