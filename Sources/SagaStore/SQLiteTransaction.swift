import GRDB
import SagaCore

/// One transaction, or one consistent read, of the SQLite store. Knows rows, and nothing of sagas' rules.
struct SQLiteTransaction: LedgerTransaction {
    let db: Database
    let definitions: DefinitionCache
    /// Nil while reading: readers run beside the writer and see older states.
    let cache: SagaCache?

    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }
}
