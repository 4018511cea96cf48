import GRDB
import SagaCore
import Synchronization

/// Definitions by row id: thousands of sagas share a few, and reading YAML costs more than a decision.
final class DefinitionCache: Sendable {
    private static let capacity = 64

    private let definitions = Mutex<[Int64: Definition]>([:])
    private let read: @Sendable (String) throws -> Definition

    init(read: @escaping @Sendable (String) throws -> Definition) {
        self.read = read
    }

    func definition(_ id: Int64, in db: Database) throws -> Definition {
        if let known = definitions.withLock({ $0[id] }) { return known }
        let statement = try db.cachedStatement(sql: "SELECT text FROM definition WHERE id = ?")
        guard let text = try String.fetchOne(statement, arguments: [id]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "definition \(id) is missing")
        }
        let definition = try read(text)
        definitions.withLock { definitions in
            if definitions.count >= Self.capacity { definitions.removeAll() }
            definitions[id] = definition
        }
        return definition
    }

    /// The row of a text, which is stored once however many sagas run it.
    static func store(_ text: String, in db: Database) throws -> Int64 {
        let fingerprint = fingerprint(of: text)
        let find = try db.cachedStatement(sql: "SELECT id FROM definition WHERE fingerprint = ? AND text = ?")
        if let id = try Int64.fetchOne(find, arguments: [fingerprint, text]) { return id }
        try db.cachedStatement(sql: "INSERT INTO definition (fingerprint, text) VALUES (?, ?)")
            .execute(arguments: [fingerprint, text])
        return db.lastInsertedRowID
    }

    /// FNV-1a, 64 bits: narrows the search, equality of the text decides.
    private static func fingerprint(of text: String) -> Int64 {
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}
