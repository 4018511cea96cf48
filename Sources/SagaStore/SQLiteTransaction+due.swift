import GRDB
import SagaCore

/// The due queue and the leases on it.
extension SQLiteTransaction {
    func ready(for executor: Executor, saga: String?, limit: Int, now: Moment) throws -> [Claim] {
        var found: [Row] = []
        for needs in executor.capabilities where found.count < limit {
            let only = saga ?? executor.saga
            let columns = "saga, step, kind, epoch"
            if let only {
                found += try rows(
                    """
                    SELECT \(columns) FROM due WHERE saga = ? AND held = 0 AND needs = ? AND ready_at <= ?
                    ORDER BY ready_at LIMIT ?
                    """, [only, needs, now.milliseconds, limit - found.count])
            } else {
                found += try rows(
                    """
                    SELECT \(columns) FROM due WHERE held = 0 AND needs = ? AND ready_at <= ?
                    ORDER BY ready_at LIMIT ?
                    """, [needs, now.milliseconds, limit - found.count])
            }
        }
        return found.compactMap { row in
            Due.Kind(rawValue: row[2]).map { Claim(saga: row[0], step: row[1], kind: $0, epoch: row[3]) }
        }
    }

    func take(_ claim: Claim, lease: Lease) throws -> Claim {
        var taken = claim
        taken.epoch += 1
        try run(
            "UPDATE due SET owner = ?, ready_at = ?, epoch = ? WHERE saga = ? AND step = ? AND kind = ?",
            lease.owner, lease.until.milliseconds, taken.epoch, claim.saga, claim.step, claim.kind.rawValue)
        return taken
    }

    func release(_ claim: Claim, at now: Moment) throws {
        try run(
            "UPDATE due SET ready_at = ?, owner = NULL WHERE saga = ? AND step = ? AND kind = ? AND epoch = ?",
            now.milliseconds, claim.saga, claim.step, claim.kind.rawValue, claim.epoch)
    }

    func renew(_ claims: [Claim], lease: Lease) throws -> [Claim] {
        try claims.filter { claim in
            try run(
                """
                UPDATE due SET ready_at = ? WHERE saga = ? AND step = ? AND kind = ? AND epoch = ? AND owner = ?
                """,
                lease.until.milliseconds, claim.saga, claim.step, claim.kind.rawValue, claim.epoch, lease.owner)
            return db.changesCount == 0
        }
    }

    func register(_ executor: Executor, at now: Moment) throws {
        try run(
            """
            INSERT INTO executor (id, name, allows_shell, saga, seen_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
            """, executor.id, executor.name, executor.allowsShell, executor.saga, now.milliseconds)
    }

    func unregister(_ executor: String) throws {
        try run("DELETE FROM executor WHERE id = ?", executor)
    }
}
