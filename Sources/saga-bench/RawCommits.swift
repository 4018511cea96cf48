import SagaCore
import SagaEngine
import SagaStore
import Telemetry

/// The raw side of the throughput: as many physical commits as the store made, each with as many decisions, through
/// SQLite's C interface, on one thread, with `journal_mode = WAL` and `synchronous = FULL` in the same folder.
///
/// - `sameRows`: the tables and indexes of the store, and for each decision the rows that the store has to write for
///   it, no more: for a start the saga, its five steps, the first attempt in the due queue and two lines of journal;
///   for each step's end the saga, that step and the next, the due queue's row of the one out and of the other in, and
///   two lines of journal. It reads nothing, decides nothing, and makes no JSON: the texts are constants of the
///   store's length. So it is what SQLite alone costs to keep this state, in these commits.
/// - `oneRow`: one row of 100 bytes a decision: what the disk alone costs.
///
/// Neither waits for anybody: the next commit starts when the last one is on disk.
struct RawCommits {
    let path: String
    /// The decisions of each commit.
    let groups: [Int]

    private static let decisionsPerSaga = Throughput.steps + 1

    func oneRow() async throws -> Duration {
        let db = try RawSQLite(path: path + "-one")
        try Self.prepare(db)
        try db.execute("CREATE TABLE decision (id INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT")
        let insert = try db.prepare("INSERT INTO decision (data) VALUES (?)")
        let data = String(repeating: "x", count: 100)
        return try commits(db) { _ in try db.run(insert, .text(data)) }
    }

    func sameRows() async throws -> Duration {
        // The store makes its own tables.
        let ledger = try await SQLiteLedger(path: path) { _ in throw RawSQLite.Failure(message: "nothing to read") }
        await ledger.close()
        let db = try RawSQLite(path: path)
        try Self.prepare(db)
        try db.execute("PRAGMA foreign_keys = ON")
        try db.execute("INSERT INTO definition (id, fingerprint, text) VALUES (1, 1, 'name: bench')")
        let rows = try SagaRows(db)
        var lanes: [(id: String, done: Int)] = []
        return try commits(db) { decision in
            let lane = decision % Throughput.concurrency
            if lane == lanes.count { lanes.append((rows.newID(), 0)) }
            if lanes[lane].done == Self.decisionsPerSaga { lanes[lane] = (rows.newID(), 0) }
            if lanes[lane].done == 0 {
                try rows.start(lanes[lane].id)
            } else {
                try rows.endStep(lanes[lane].id, lanes[lane].done)
            }
            lanes[lane].done += 1
        }
    }

    private static func prepare(_ db: RawSQLite) throws {
        try db.execute("PRAGMA journal_mode = WAL")
        try db.execute("PRAGMA synchronous = FULL")
    }

    private func commits(_ db: RawSQLite, _ decide: (Int) throws -> Void) throws -> Duration {
        let begin = try db.prepare("BEGIN IMMEDIATE")
        let commit = try db.prepare("COMMIT")
        let start = ContinuousClock.now
        var decision = 0
        for group in groups {
            try db.run(begin)
            for _ in 0..<group {
                try decide(decision)
                decision += 1
            }
            try db.run(commit)
        }
        return ContinuousClock.now - start
    }
}

/// The rows of one saga, written without a thought.
private struct SagaRows {
    private let db: RawSQLite
    private let ids = IDs()
    private let insertSaga, insertStep, insertDue, insertEntry, updateSaga, endSaga, updateStep,
        deleteDue: OpaquePointer

    private static let origin: RawSQLite.Value = #"{}"#
    private static let executor: RawSQLite.Value = "receiver-bench-1-5eed5eed"
    private static let completed: RawSQLite.Value =
        #"{"attempt":1,"executor":"receiver-bench-1-5eed5eed","generation":1,"started_at":"2026-01-31T09:05:07.123Z"}"#

    init(_ db: RawSQLite) throws {
        self.db = db
        insertSaga = try db.prepare(
            """
            INSERT INTO saga (id, definition, name, status, version, vars, origin, retry_count, created_at, updated_at,
                endings) VALUES (?, 1, 'bench', 'running', 1, '{}', ?, 0, ?, ?, 0)
            """)
        insertStep = try db.prepare(
            """
            INSERT INTO step (saga, position, name, status, generation, attempt, activity, activity_at, executor,
                started_at, deadline, tombstone) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, 0)
            """)
        insertDue = try db.prepare(
            """
            INSERT INTO due (saga, step, kind, needs, ready_at, held, owner, epoch)
            VALUES (?, ?, 'attempt', '', ?, 0, ?, ?)
            """)
        insertEntry = try db.prepare("INSERT INTO journal (saga, at, kind, step, data) VALUES (?, ?, ?, ?, ?)")
        updateSaga = try db.prepare(
            "UPDATE saga SET version = version + 1, updated_at = ?, endings = ? WHERE id = ?")
        endSaga = try db.prepare(
            """
            UPDATE saga SET status = 'completed', version = version + 1, updated_at = ?, completed_at = ?, endings = ?
            WHERE id = ?
            """)
        updateStep = try db.prepare(
            """
            UPDATE step SET status = ?, attempt = 1, activity = ?, activity_at = ?, executor = ?, started_at = ?,
                completed_at = ?, sequence = ?, deadline = ?, output = ? WHERE saga = ? AND position = ?
            """)
        deleteDue = try db.prepare("DELETE FROM due WHERE saga = ? AND step = ? AND kind = 'attempt'")
    }

    func newID() -> String { ids.next(at: WallClock.now()) }

    private func step(_ number: Int) -> RawSQLite.Value { .text("step-\(number)") }

    func start(_ id: String) throws {
        let now = WallClock.now().milliseconds
        let saga = RawSQLite.Value.text(id)
        try db.run(insertSaga, saga, Self.origin, .int(now), .int(now))
        try db.run(
            insertStep, saga, 0, step(1), "running", 1, "begun", .int(now), Self.executor, .int(now),
            .int(now + 600_000))
        for number in 2...Throughput.steps {
            try db.run(
                insertStep, saga, .int(Int64(number - 1)), step(number), "pending", 0, "idle", .null, .null, .null,
                .null)
        }
        try db.run(insertDue, saga, step(1), .int(now + 10_000), Self.executor, .int(1 << 20))
        try db.run(insertEntry, saga, .int(now), "saga_created", .null, #"{"vars":{}}"#)
        try db.run(insertEntry, saga, .int(now), "saga_started", .null, "{}")
        try db.run(insertEntry, saga, .int(now), "step_started", step(1), "{}")
    }

    func endStep(_ id: String, _ number: Int) throws {
        let now = WallClock.now().milliseconds
        let saga = RawSQLite.Value.text(id)
        let isLast = number == Throughput.steps
        if isLast {
            try db.run(endSaga, .int(now), .int(now), .int(Int64(number)), saga)
        } else {
            try db.run(updateSaga, .int(now), .int(Int64(number)), saga)
        }
        try db.run(
            updateStep, "completed", "idle", .null, .null, .int(now), .int(now), .int(Int64(number)),
            .int(now + 600_000), "{}", saga, .int(Int64(number - 1)))
        try db.run(deleteDue, saga, step(number))
        try db.run(insertEntry, saga, .int(now), "step_completed", step(number), Self.completed)
        if isLast {
            try db.run(insertEntry, saga, .int(now), "saga_completed", .null, "{}")
        } else {
            try db.run(
                updateStep, "running", "begun", .int(now), Self.executor, .int(now), .null, .null,
                .int(now + 600_000), .null, saga, .int(Int64(number)))
            try db.run(insertDue, saga, step(number + 1), .int(now + 10_000), Self.executor, .int(Int64(number) << 20))
            try db.run(insertEntry, saga, .int(now), "step_started", step(number + 1), "{}")
        }
    }
}
