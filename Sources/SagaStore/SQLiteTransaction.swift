import GRDB
import GRDBSQLite
import SagaCore

/// One transaction, or one consistent read, of the SQLite store. Knows rows, and nothing of sagas' rules.
struct SQLiteTransaction: LedgerTransaction {
    let db: Database
    let definitions: DefinitionCache
    /// Nil while reading: readers run beside the writer and see older states.
    let cache: SagaCache?

    /// Runs a statement that returns no rows. All of what a decision writes comes through here.
    func run<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws {
        let statement = try prepare(sql, repeat each values)
        let result = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard result == SQLITE_DONE else { throw failure(result, sql) }
    }

    /// The first column of the first row, where there is one and it is a number.
    func number<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws -> Int64? {
        let statement = try prepare(sql, repeat each values)
        defer { sqlite3_reset(statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW:
            return sqlite3_column_type(statement, 0) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, 0)
        case SQLITE_DONE: return nil
        case let result: throw failure(result, sql)
        }
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    private func prepare<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws -> OpaquePointer {
        let statement = try db.cachedStatement(sql: sql).sqliteStatement
        var index: Int32 = 0
        for value in repeat each values {
            index += 1
            let result = value.bind(to: statement, at: index)
            guard result == SQLITE_OK else { throw failure(result, sql) }
        }
        // What is not bound would still hold the values of the last time.
        guard index == sqlite3_bind_parameter_count(statement) else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the statement wants other values", sql: sql)
        }
        return statement
    }

    private func failure(_ result: Int32, _ sql: String) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: result),
            message: sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }, sql: sql)
    }
}
