import GRDB
import SagaCore
import Synchronization

/// Group commit: callers hand in closures; as many as are waiting run inside one physical transaction, and each
/// caller is answered after the commit. One failing closure rolls back alone, for which the others may run again.
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
    private let didCommit: @Sendable (Int, Duration) -> Void

    /// - Parameters:
    ///   - willBatch: runs at the start of each physical transaction.
    ///   - didRollBack: runs when a closure or the commit failed, before anything else runs.
    ///   - didCommit: gets the number of decisions after each commit, and how long it took from its begin.
    init(
        writer: any DatabaseWriter, willBatch: @escaping @Sendable (Database) throws -> Void,
        didRollBack: @escaping @Sendable () -> Void, didCommit: @escaping @Sendable (Int, Duration) -> Void
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

    private typealias Answer = (Result<Void, any Error>) -> Void

    private func run(_ batch: [Entry], in db: Database) {
        var answers: [Answer] = []
        var outcome: Result<Void, any Error> = .success(())
        do {
            // A savepoint costs a copy of every page that is written after it, and closures seldom fail once they
            // have written. So it takes a second try to give each its own.
            if try !perform(batch, in: db, eachAlone: false, &answers) {
                answers = []
                _ = try perform(batch, in: db, eachAlone: true, &answers)
            }
        } catch {
            rollBack(db)
            outcome = .failure(error)
            for entry in batch.dropFirst(answers.count) { answers.append { _ in entry.refuse(error) } }
        }
        for answer in answers { answer(outcome) }
    }

    /// One physical transaction.
    ///
    /// - Parameter eachAlone: whether what a failing closure wrote can be taken back without the others.
    /// - Returns: false where that would have been needed; then everything was taken back.
    private func perform(
        _ batch: [Entry], in db: Database, eachAlone: Bool, _ answers: inout [Answer]
    ) throws -> Bool {
        let start = ContinuousClock.now
        try db.beginTransaction(.immediate)
        try willBatch(db)
        var decisions = 0
        for entry in batch {
            let changes = db.totalChangesCount
            do {
                let answer = eachAlone ? try savepoint(db, entry.job) : try entry.job(db)
                answers.append { answer($0) }
                decisions += 1
            } catch {
                // A full disk or an I/O error may have ended the whole transaction.
                guard db.isInsideTransaction else { throw error }
                if eachAlone {
                    didRollBack()
                } else if db.totalChangesCount != changes {
                    rollBack(db)
                    return false
                }
                answers.append { _ in entry.refuse(error) }
            }
        }
        try db.commit()
        didCommit(decisions, ContinuousClock.now - start)
        return true
    }

    private func rollBack(_ db: Database) {
        didRollBack()
        if db.isInsideTransaction { try? db.rollback() }
    }

    private func savepoint(_ db: Database, _ job: Job) throws -> @Sendable (Result<Void, any Error>) -> Void {
        try db.cachedStatement(sql: "SAVEPOINT job").execute()
        do {
            let answer = try job(db)
            try db.cachedStatement(sql: "RELEASE job").execute()
            return answer
        } catch {
            if db.isInsideTransaction {
                try db.cachedStatement(sql: "ROLLBACK TO job").execute()
                try db.cachedStatement(sql: "RELEASE job").execute()
            }
            throw error
        }
    }
}
