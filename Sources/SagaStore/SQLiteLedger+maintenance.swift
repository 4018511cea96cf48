import FoundationEssentials
import GRDB
package import SagaCore

/// What keeps a store healthy: removing what is old, copying it, and looking whether it is sound.
extension SQLiteLedger {
    /// How much one transaction removes, so that nobody waits long behind it.
    private static let batch = 100

    /// Removes sagas that ended before a moment, and deliveries that came before one and that no step waits for.
    ///
    /// - Parameter ended: nil keeps all sagas.
    /// - Returns: how many sagas and deliveries were removed.
    package func prune(sagasEndedBefore ended: Moment?, deliveriesBefore received: Moment) async throws -> (
        sagas: Int, deliveries: Int
    ) {
        var total = (sagas: 0, deliveries: 0)
        if let ended {
            while true {
                let count = try await write { transaction in
                    let ids = try transaction.ended(before: ended, limit: Self.batch)
                    for id in ids { try transaction.delete(id) }
                    return ids.count
                }
                total.sagas += count
                if count < Self.batch || Task.isCancelled { break }
            }
        }
        while true {
            let count = try await write { try $0.forgetDeliveries(before: received, limit: Self.batch) }
            total.deliveries += count
            if count < Self.batch || Task.isCancelled { return total }
        }
    }

    /// Copies the store while it is in use: consistent as of one moment, verified, and complete or not there at all.
    package func backup(to destination: String) async throws {
        guard !FileSystem.exists(destination) else {
            throw StoreError.failed(path: destination, detail: "it exists already; name a new file")
        }
        let folder = FileSystem.folder(of: destination)
        guard FileSystem.isDirectory(folder) else {
            throw StoreError.noDirectory(path: destination, directory: folder)
        }
        let draft = destination + ".part"
        try? FileManager.default.removeItem(atPath: draft)
        do {
            let copy = try DatabaseQueue(path: draft)
            try await Task { try copyEverything(to: copy) }.value
            let verdict = try await copy.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
            try copy.close()
            guard verdict == "ok" else { throw StoreError.corrupt(path: draft, detail: verdict ?? "no answer") }
            try FileManager.default.moveItem(atPath: draft, toPath: destination)
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error as? StoreError ?? StoreError(error, path: destination)
        }
    }

    /// Everything that is wrong with the file, its references, and what the sagas promise of each other; empty is
    /// good.
    package func check() async throws -> [String] {
        try await inspectEverything()
    }
}

extension SQLiteTransaction {
    func ended(before moment: Moment, limit: Int) throws -> [String] {
        try rows(
            "SELECT id FROM saga WHERE completed_at < ? ORDER BY completed_at LIMIT ?", [moment.milliseconds, limit]
        ).map { $0[0] }
    }

    /// A delivery stays as long as an open wait may still need what it said.
    func forgetDeliveries(before moment: Moment, limit: Int) throws -> Int {
        try run(
            """
            DELETE FROM delivery WHERE id IN (
                SELECT delivery.id FROM delivery WHERE received_at < ? AND NOT EXISTS (
                    SELECT 1 FROM signal JOIN signal_key ON signal_key.signal = signal.id
                    JOIN wait ON wait.key = signal_key.key WHERE signal.delivery = delivery.id)
                ORDER BY received_at LIMIT ?)
            """, moment.milliseconds, limit)
        return db.changesCount
    }

    func problems() throws -> [String] {
        var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        problems += try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { row in
            "a row of table \(row[0] as String) refers to nothing in \(row[2] as String)"
        }
        let ids = try String.fetchAll(
            db, sql: "SELECT id FROM saga WHERE status IN ('pending', 'running', 'compensating') ORDER BY id")
        for id in ids {
            guard let saga = try saga(id) else { continue }
            let owed = Set(saga.agenda.map { "\($0.kind.rawValue) \($0.step)" })
            let kept = Set(
                try rows("SELECT kind, step FROM due WHERE saga = ?", [id]).map {
                    "\($0[0] as String) \($0[1] as String)"
                })
            problems += owed.subtracting(kept).sorted().map { "saga \(id): '\($0)' is owed and not in the due queue" }
            problems += kept.subtracting(owed).sorted().map { "saga \(id): '\($0)' is in the due queue and not owed" }
            let keys = Set(saga.waitKeys.map { "\($0.step) \($0.key)" })
            let known = Set(
                try rows("SELECT step, key FROM wait WHERE saga = ?", [id]).map {
                    "\($0[0] as String) \($0[1] as String)"
                })
            if keys != known { problems.append("saga \(id): what its steps wait for is not what signals look for") }
        }
        let idle = try String.fetchAll(
            db,
            sql: """
                SELECT DISTINCT saga FROM due JOIN saga ON saga.id = due.saga
                WHERE status IN ('completed', 'failed', 'compensated', 'compensation_failed')
                """)
        problems += idle.map { "saga \($0) is over and something of it is still due" }
        return problems
    }
}
