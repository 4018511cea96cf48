import GRDB
import SagaCore

/// How a saga lies in its row.
enum SagaRow {
    static let columns = """
        id, definition, status, version, vars, origin, retry_count, error_code, error, paused_at, created_at, \
        updated_at, completed_at, deadline, endings, concurrency_key, idempotency_key, \
        initial_vars
        """

    static func saga(from row: Row, definition: Definition, steps: [Step]) throws -> Saga {
        var saga = Saga(
            id: row[0], definition: definition,
            vars: try JSONValue(parsing: row[4] as String).objectValue ?? [:],
            origin: Origin(json: try JSONValue(parsing: row[5] as String)), createdAt: moment(row[10]),
            concurrencyKey: row[15], idempotencyKey: row[16])
        guard let status = SagaStatus(rawValue: row[2]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "saga \(saga.id) has an unknown status")
        }
        saga.status = status
        saga.steps = steps
        saga.retryCount = row[6]
        saga.errorCode = (row[7] as String?).flatMap(ErrorCode.init)
        saga.error = row[8]
        saga.pausedAt = optional(row[9])
        saga.updatedAt = moment(row[11])
        saga.completedAt = optional(row[12])
        saga.deadline = optional(row[13])
        saga.endings = row[14]
        saga.initialVars = try (row[17] as String?).flatMap { try JSONValue(parsing: $0).objectValue }
        return saga
    }

    static func moment(_ milliseconds: Int64) -> Moment {
        Moment(milliseconds: milliseconds)
    }

    static func optional(_ milliseconds: Int64?) -> Moment? {
        milliseconds.map { Moment(milliseconds: $0) }
    }
}

/// How a step lies in its row.
enum StepRow {
    static let columns = """
        name, status, generation, attempt, activity, activity_at, executor, wait, started_at, completed_at, \
        sequence, deadline, output, error, last_failure, last_wait, tombstone, owed_cancel
        """

    static func step(from row: Row) throws -> Step {
        var step = Step(name: row[0])
        guard let status = StepStatus(rawValue: row[1]), let activity = try activity(from: row) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "step \(step.name) has an unknown state")
        }
        step.status = status
        step.generation = row[2]
        step.attempt = row[3]
        step.activity = activity
        step.startedAt = SagaRow.optional(row[8])
        step.completedAt = SagaRow.optional(row[9])
        step.sequence = row[10]
        step.deadline = SagaRow.optional(row[11])
        step.output = try (row[12] as String?).map { try JSONValue(parsing: $0) }
        step.error = row[13]
        step.lastFailure = (row[14] as String?).flatMap(Failure.Class.init)
        step.lastWait = try wait(row[15])
        step.tombstone = row[16]
        step.owedCancel = try (row[17] as String?).flatMap { OwedCancel(json: try JSONValue(parsing: $0)) }
        return step
    }

    private static func wait(_ text: String?) throws -> Wait? {
        try text.flatMap { Wait(json: try JSONValue(parsing: $0)) }
    }

    private static func activity(from row: Row) throws -> Step.Activity? {
        let at = SagaRow.optional(row[5])
        switch row[4] as String {
        case "idle": return .idle
        case "owed": return at.map { .owed(due: $0) }
        case "begun": return at.map { .begun(at: $0, by: row[6] ?? "") }
        case "waiting": return try wait(row[7]).map { .waiting($0) }
        default: return nil
        }
    }

    static let insert = """
        INSERT INTO step (saga, position, \(columns))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
        """

    static let update = """
        UPDATE step SET status = ?4, generation = ?5, attempt = ?6, activity = ?7, activity_at = ?8, executor = ?9,
            wait = ?10, started_at = ?11, completed_at = ?12, sequence = ?13, deadline = ?14, output = ?15,
            error = ?16, last_failure = ?17, last_wait = ?18, tombstone = ?19, owed_cancel = ?20
        WHERE saga = ?1 AND position = ?2
        """

    /// Runs `insert` or `update`, which take the same values.
    static func write(
        _ sql: String, _ step: Step, at position: Int, of saga: String, in transaction: SQLiteTransaction
    ) throws {
        var activity = "idle"
        var at: Int64?
        var executor: String?
        var wait: String?
        switch step.activity {
        case .idle:
            break
        case .owed(let due):
            (activity, at) = ("owed", due.milliseconds)
        case .begun(let begun, let by):
            (activity, at, executor) = ("begun", begun.milliseconds, by)
        case .waiting(let subject):
            (activity, wait) = ("waiting", subject.json.json)
        }
        try transaction.run(
            sql, saga, position, step.name, step.status.rawValue, step.generation, step.attempt, activity, at, executor,
            wait, step.startedAt?.milliseconds, step.completedAt?.milliseconds, step.sequence,
            step.deadline?.milliseconds, step.output?.json, step.error, step.lastFailure?.rawValue,
            step.lastWait?.json.json, step.tombstone, step.owedCancel?.json.json)
    }
}
