import GRDB
import SagaCore

extension SQLiteTransaction {
    func insert(
        _ saga: Saga, definition: String, journal: [JournalEntry], at now: Moment, lease: Lease?
    ) throws -> [Claim] {
        let definitionID = try DefinitionCache.store(definition, in: db)
        try run(
            """
            INSERT INTO saga (id, definition, name, status, version, vars, origin, retry_count, error_code, error,
                paused_at, created_at, updated_at, completed_at, deadline, endings, concurrency_key, idempotency_key)
            VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            saga.id, definitionID, saga.name, saga.status.rawValue, JSONValue.object(saga.vars).json,
            saga.origin.json.json, saga.retryCount, saga.errorCode?.rawValue, saga.error,
            saga.pausedAt?.milliseconds, saga.createdAt.milliseconds, saga.updatedAt.milliseconds,
            saga.completedAt?.milliseconds, saga.deadline?.milliseconds, saga.endings, saga.concurrencyKey,
            saga.idempotencyKey)
        for (position, step) in saga.steps.enumerated() {
            try StepRow.write(StepRow.insert, step, at: position, of: saga.id, in: self)
        }
        let begun = lease.map { Self.begun(in: saga, by: $0.owner) } ?? []
        var claims: [Claim] = []
        for due in saga.agenda {
            let isBegun = due.kind == .attempt && begun.contains(due.step)
            try insert(
                due, of: saga, epoch: 1 << 20, owner: isBegun ? lease?.owner : nil,
                readyAt: (isBegun ? lease?.until : due.at) ?? now)
            if isBegun { claims.append(Claim(saga: saga.id, step: due.step, kind: due.kind, epoch: 1 << 20)) }
        }
        for (step, key) in saga.waitKeys { try insertWait(key, saga.id, step) }
        for entry in journal { try append(entry, to: saga.id, at: now) }
        cache?[saga.id] = (saga, 1)
        return claims
    }

    /// The steps with an attempt that this executor began.
    private static func begun(in saga: Saga, by owner: String) -> Set<String> {
        Set(saga.steps.compactMap { if case .begun(_, owner) = $0.activity { $0.name } else { nil } })
    }

    func save(
        _ saga: Saga, replacing old: Saga, journal: [JournalEntry], at now: Moment, lease: Lease?
    ) throws -> [Claim] {
        guard let version = try versioned(saga.id)?.version else {
            throw DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "saga \(saga.id) is gone")
        }
        try saveHead(of: saga, replacing: old, version: version + 1)
        for position in saga.steps.indices where saga.steps[position] != old.steps[position] {
            try StepRow.write(StepRow.update, saga.steps[position], at: position, of: saga.id, in: self)
        }
        let claims = try saveAgenda(of: saga, replacing: old, version: version + 1, lease: lease)
        try saveWaits(of: saga, replacing: old)
        for entry in journal { try append(entry, to: saga.id, at: now) }
        // What is over is hardly touched again, and would drive out what is not.
        cache?[saga.id] = saga.status.isTerminal ? nil : (saga, version + 1)
        return claims
    }

    /// Most decisions change nothing of the saga's own row but its version and times. What is indexed, and what may be
    /// long, is left alone unless it changed.
    private func saveHead(of saga: Saga, replacing old: Saga, version: Int64) throws {
        if saga.vars != old.vars || saga.initialVars != old.initialVars || saga.origin != old.origin {
            try run(
                "UPDATE saga SET vars = ?, initial_vars = ?, origin = ? WHERE id = ?",
                JSONValue.object(saga.vars).json, saga.initialVars.map { JSONValue.object($0).json },
                saga.origin.json.json, saga.id)
        }
        guard
            saga.status == old.status, saga.retryCount == old.retryCount, saga.errorCode == old.errorCode,
            saga.error == old.error, saga.pausedAt == old.pausedAt, saga.completedAt == old.completedAt,
            saga.deadline == old.deadline
        else {
            return try run(
                """
                UPDATE saga SET status = ?, version = ?, retry_count = ?, error_code = ?, error = ?, paused_at = ?,
                    updated_at = ?, completed_at = ?, deadline = ?, endings = ? WHERE id = ?
                """,
                saga.status.rawValue, version, saga.retryCount, saga.errorCode?.rawValue, saga.error,
                saga.pausedAt?.milliseconds, saga.updatedAt.milliseconds, saga.completedAt?.milliseconds,
                saga.deadline?.milliseconds, saga.endings, saga.id)
        }
        try run(
            "UPDATE saga SET version = ?, updated_at = ?, endings = ? WHERE id = ?",
            version, saga.updatedAt.milliseconds, saga.endings, saga.id)
    }

    private func saveAgenda(
        of saga: Saga, replacing old: Saga, version: Int64, lease: Lease?
    ) throws -> [Claim] {
        // By name and not by search: a saga may have hundreds of steps, and each decision comes through here.
        let agenda = saga.agenda
        let before = old.agenda
        let known = Dictionary(before.map { (DueName($0), $0) }) { first, _ in first }
        let kept = Set(agenda.map(DueName.init))
        let begun = lease.map { Self.newlyBegun(in: saga, since: old, by: $0.owner) } ?? []
        var claims: [Claim] = []
        for due in before where !kept.contains(DueName(due)) {
            try run(
                "DELETE FROM due WHERE saga = ? AND step = ? AND kind = ?", saga.id, due.step, due.kind.rawValue)
        }
        for due in agenda {
            let known = known[DueName(due)]
            let isNewlyBegun = due.kind == .attempt && begun.contains(due.step)
            if known == nil {
                // Above every epoch that this row may have had before it was deleted and made again.
                let epoch = version << 20
                try insert(
                    due, of: saga, epoch: epoch, owner: isNewlyBegun ? lease?.owner : nil,
                    readyAt: (isNewlyBegun ? lease?.until : due.at) ?? saga.updatedAt)
                if isNewlyBegun { claims.append(Claim(saga: saga.id, step: due.step, kind: due.kind, epoch: epoch)) }
            } else if isNewlyBegun, let lease {
                let claim = Claim(saga: saga.id, step: due.step, kind: due.kind, epoch: version << 20)
                try run(
                    "UPDATE due SET owner = ?, ready_at = ?, epoch = ? WHERE saga = ? AND step = ? AND kind = ?",
                    lease.owner, lease.until.milliseconds, claim.epoch, saga.id, due.step, due.kind.rawValue)
                claims.append(claim)
            } else if let at = due.at, known?.at != due.at {
                try run(
                    "UPDATE due SET owner = NULL, ready_at = ?, epoch = ? WHERE saga = ? AND step = ? AND kind = ?",
                    at.milliseconds, version << 20, saga.id, due.step, due.kind.rawValue)
            }
        }
        if saga.isPaused != old.isPaused {
            try run("UPDATE due SET held = ? WHERE saga = ?", saga.isPaused, saga.id)
        }
        return claims
    }

    /// The steps with an attempt that this decision began for that executor.
    private static func newlyBegun(in saga: Saga, since old: Saga, by owner: String) -> Set<String> {
        var names: Set<String> = []
        for index in saga.steps.indices {
            guard case .begun(_, owner) = saga.steps[index].activity, saga.steps[index] != old.steps[index] else {
                continue
            }
            names.insert(saga.steps[index].name)
        }
        return names
    }

    private func insert(_ due: Due, of saga: Saga, epoch: Int64, owner: String?, readyAt: Moment) throws {
        try run(
            "INSERT INTO due (saga, step, kind, needs, ready_at, held, owner, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            saga.id, due.step, due.kind.rawValue, due.needs, readyAt.milliseconds, saga.isPaused, owner, epoch)
    }

    private func saveWaits(of saga: Saga, replacing old: Saga) throws {
        let keys = saga.waitKeys.map(WaitName.init)
        let before = old.waitKeys.map(WaitName.init)
        guard keys != before else { return }
        let kept = Set(keys)
        let known = Set(before)
        for wait in before where !kept.contains(wait) {
            try run("DELETE FROM wait WHERE key = ? AND saga = ? AND step = ?", wait.key, saga.id, wait.step)
        }
        for wait in keys where !known.contains(wait) {
            try insertWait(wait.key, saga.id, wait.step)
        }
    }

    private func insertWait(_ key: String, _ saga: String, _ step: String) throws {
        try run("INSERT OR IGNORE INTO wait (key, saga, step) VALUES (?, ?, ?)", key, saga, step)
    }

    func addKey(_ key: String, to saga: String) throws {
        guard try self.saga(withIdempotencyKey: key) == nil else { return }
        try run("INSERT INTO saga_key (key, saga) VALUES (?, ?)", key, saga)
    }

    func delete(_ saga: String) throws {
        cache?[saga] = nil
        guard let definition: Int64 = try row("SELECT definition FROM saga WHERE id = ?", [saga])?[0] else { return }
        try run("DELETE FROM saga WHERE id = ?", saga)
        try run(
            "DELETE FROM definition WHERE id = ? AND NOT EXISTS (SELECT 1 FROM saga WHERE definition = ?)",
            definition, definition)
    }

    func append(_ entry: JournalEntry, to saga: String, at now: Moment) throws {
        try run(
            "INSERT INTO journal (saga, at, kind, step, actor, reason, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
            saga, now.milliseconds, entry.kind.rawValue, entry.step, entry.actor, entry.reason, entry.data.json)
    }
}

/// What names a row of the due queue within its saga.
private struct DueName: Hashable {
    let kind: Due.Kind
    let step: String

    init(_ due: Due) {
        kind = due.kind
        step = due.step
    }
}

private struct WaitName: Hashable {
    let step: String
    let key: String

    init(_ wait: (step: String, key: String)) {
        step = wait.step
        key = wait.key
    }
}
