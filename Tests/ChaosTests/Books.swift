import GRDB
import SagaCore

/// What the store holds in the end, read with SQL alone: the engine's own words about itself would not do.
struct Books: Sendable {
    struct Entry: Sendable {
        var id: Int64
        var at: Int64
        var kind: String
        var step: String
        var data: JSONValue
    }

    struct Step: Sendable {
        var status: String
        var sequence: Int
        var output: JSONValue
    }

    struct Saga: Sendable {
        var id: String
        var key: String
        var status: String
        var concurrencyKey: String?
        var steps: [String: Step]
        var journal: [Entry]
    }

    var sagas: [Saga]
    var integrity: [String]
    var brokenReferences: Int
    var leftovers: Int

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    static func countOfEnded(in path: String) async throws -> Int {
        try await open(path).read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM saga WHERE completed_at IS NOT NULL") ?? 0
        }
    }

    init(path: String) async throws {
        self = try await Self.open(path).read { db in
            let journal = try Dictionary(grouping: Row.fetchAll(db, sql: "SELECT * FROM journal ORDER BY id")) {
                $0["saga"] as String
            }
            let steps = try Dictionary(grouping: Row.fetchAll(db, sql: "SELECT * FROM step")) { $0["saga"] as String }
            let sagas = try Row.fetchAll(db, sql: "SELECT * FROM saga ORDER BY id").map { row in
                let id: String = row["id"]
                return Saga(
                    id: id, key: row["idempotency_key"] ?? "", status: row["status"],
                    concurrencyKey: row["concurrency_key"],
                    steps: Dictionary(
                        uniqueKeysWithValues: (steps[id] ?? []).map { row in
                            (
                                row["name"],
                                Step(
                                    status: row["status"], sequence: row["sequence"] ?? 0,
                                    output: Self.parse(row["output"]))
                            )
                        }),
                    journal: (journal[id] ?? []).map { row in
                        Entry(
                            id: row["id"], at: row["at"], kind: row["kind"], step: row["step"] ?? "",
                            data: Self.parse(row["data"]))
                    })
            }
            return Books(
                sagas: sagas, integrity: try String.fetchAll(db, sql: "PRAGMA integrity_check"),
                brokenReferences: try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count,
                leftovers: try Int.fetchOne(db, sql: "SELECT (SELECT count(*) FROM due) + (SELECT count(*) FROM wait)")
                    ?? -1)
        }
    }

    private init(sagas: [Saga], integrity: [String], brokenReferences: Int, leftovers: Int) {
        self.sagas = sagas
        self.integrity = integrity
        self.brokenReferences = brokenReferences
        self.leftovers = leftovers
    }

    private static func parse(_ text: String?) -> JSONValue {
        text.flatMap { try? JSONValue(parsing: $0) } ?? .null
    }
}
