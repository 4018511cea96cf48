import GRDBSQLite

/// SQLite's C interface as directly as Swift can call it: prepared statements, texts and integers.
final class RawSQLite {
    private var handle: OpaquePointer?
    private var statements: [OpaquePointer] = []

    struct Failure: Error {
        var message: String
    }

    /// What a caller of SQLite must free or copy; SQLite copies it.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(path: String) throws {
        try check(sqlite3_open(path, &handle))
    }

    deinit {
        for statement in statements { sqlite3_finalize(statement) }
        sqlite3_close(handle)
    }

    func execute(_ sql: String) throws {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
        guard let statement else { throw Failure(message: "no statement in: \(sql)") }
        statements.append(statement)
        return statement
    }

    enum Value {
        case text(String)
        case int(Int64)
        case null
    }

    func run(_ statement: OpaquePointer, _ values: Value...) throws {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            switch value {
            case .text(let text): try check(sqlite3_bind_text(statement, place, text, -1, Self.transient))
            case .int(let int): try check(sqlite3_bind_int64(statement, place, int))
            case .null: try check(sqlite3_bind_null(statement, place))
            }
        }
        let result = sqlite3_step(statement)
        guard result == SQLITE_DONE || result == SQLITE_ROW else { throw failure(result) }
        try check(sqlite3_reset(statement))
    }

    private func check(_ result: Int32) throws {
        guard result == SQLITE_OK else { throw failure(result) }
    }

    private func failure(_ result: Int32) -> Failure {
        Failure(message: "SQLite \(result): " + (sqlite3_errmsg(handle).map { String(cString: $0) } ?? ""))
    }
}

extension RawSQLite.Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral int: Int64) { self = .int(int) }
}
