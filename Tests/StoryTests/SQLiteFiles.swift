import GRDB

/// Database files that a store must not touch.
enum SQLiteFiles {
    /// One of another program.
    static func foreign(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
        try queue.close()
    }

    /// As if a newer version had migrated it.
    static func addMigration(_ name: String, to path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [name]) }
        try queue.close()
    }
}
