import GRDB
import SagaCore

extension SQLiteTransaction {
    func saga(_ id: String) throws -> Saga? {
        try versioned(id)?.saga
    }

    func versioned(_ id: String) throws -> (saga: Saga, version: Int64)? {
        if let cached = cache?[id] { return cached }
        guard let row = try row("SELECT \(SagaRow.columns) FROM saga WHERE id = ?", [id]) else { return nil }
        let loaded = try load(row)
        cache?[id] = loaded
        return loaded
    }

    private func load(_ row: Row) throws -> (saga: Saga, version: Int64) {
        let definition = try definitions.definition(row[1], in: db)
        let id: String = row[0]
        let steps = try rows("SELECT \(StepRow.columns) FROM step WHERE saga = ? ORDER BY position", [id])
        return (try SagaRow.saga(from: row, definition: definition, steps: steps.map(StepRow.step)), row[3])
    }

    func definitionText(of saga: String) throws -> String? {
        try row("SELECT text FROM definition WHERE id = (SELECT definition FROM saga WHERE id = ?)", [saga])?[0]
    }

    func saga(withIdempotencyKey key: String) throws -> Saga? {
        let found =
            try row("SELECT id FROM saga WHERE idempotency_key = ?", [key])
            ?? row("SELECT saga FROM saga_key WHERE key = ?", [key])
        return try found.flatMap { try saga($0[0]) }
    }

    func sagas(_ filter: SagaFilter) throws -> [Saga] {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let name = filter.name {
            conditions.append("name = ?")
            arguments += [name]
        }
        if let status = filter.status {
            conditions.append("status = ?")
            arguments += [status.rawValue]
        }
        if let since = filter.since {
            conditions.append("created_at >= ?")
            arguments += [since.milliseconds]
        }
        if let key = filter.idempotencyKey {
            conditions.append(
                "id IN (SELECT id FROM saga WHERE idempotency_key = ? UNION SELECT saga FROM saga_key WHERE key = ?)")
            arguments += [key, key]
        }
        if let cursor = filter.cursor {
            conditions.append("id < ?")
            arguments += [cursor]
        }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        arguments += [filter.limit]
        return try rows(
            "SELECT \(SagaRow.columns) FROM saga \(condition) ORDER BY id DESC LIMIT ?", arguments
        ).map { try load($0).saga }
    }

    func counts(name: String?) throws -> [SagaStatus: Int] {
        let found =
            if let name {
                try rows("SELECT status, count(*) FROM saga WHERE name = ? GROUP BY status", [name])
            } else {
                try rows("SELECT status, count(*) FROM saga GROUP BY status", [])
            }
        return found.reduce(into: [:]) { counts, row in
            if let status = SagaStatus(rawValue: row[0]) { counts[status] = row[1] }
        }
    }

    func holder(ofConcurrencyKey key: String) throws -> String? {
        try row(
            """
            SELECT id FROM saga WHERE concurrency_key = ? AND status IN ('running', 'compensating')
            ORDER BY id LIMIT 1
            """, [key])?[0]
    }

    func queue(forConcurrencyKey key: String) throws -> [String] {
        try rows("SELECT id FROM saga WHERE concurrency_key = ? AND status = 'pending' ORDER BY id", [key])
            .map { $0[0] }
    }

    func journal(of saga: String?, after: Int64, limit: Int) throws -> [StoredEntry] {
        let found =
            if let saga {
                try rows(
                    "SELECT \(Self.entryColumns) FROM journal WHERE saga = ? AND id > ? ORDER BY id LIMIT ?",
                    [saga, after, limit])
            } else {
                try rows("SELECT \(Self.entryColumns) FROM journal WHERE id > ? ORDER BY id LIMIT ?", [after, limit])
            }
        return found.compactMap(entry)
    }

    func latestJournal(limit: Int) throws -> [StoredEntry] {
        try rows("SELECT \(Self.entryColumns) FROM journal ORDER BY id DESC LIMIT ?", [limit]).compactMap(entry)
    }

    private static let entryColumns = "id, saga, at, kind, step, actor, reason, data"

    private func entry(_ row: Row) -> StoredEntry? {
        guard let kind = JournalEntry.Kind(rawValue: row[3]) else { return nil }
        return StoredEntry(
            id: row[0], saga: row[1], at: Moment(milliseconds: row[2]),
            entry: JournalEntry(kind, step: row[4], actor: row[5], reason: row[6], data: json(row[7])))
    }

    func waits(for keys: [String]) throws -> [(saga: String, step: String)] {
        var found: [(saga: String, step: String)] = []
        for key in keys {
            for row in try rows("SELECT saga, step FROM wait WHERE key = ?", [key]) {
                let wait: (saga: String, step: String) = (row[0], row[1])
                if !found.contains(where: { $0 == wait }) { found.append(wait) }
            }
        }
        return found
    }

    func sagasWithWaits(after: String, limit: Int) throws -> [String] {
        try rows("SELECT DISTINCT saga FROM wait WHERE saga > ? ORDER BY saga LIMIT ?", [after, limit]).map { $0[0] }
    }

    func signals(for keys: [String]) throws -> [StoredSignal] {
        var found: [Int64: StoredSignal] = [:]
        for key in keys {
            // Bounded, newest first: what decides is the last word, and a key never has this many in practice.
            let matching = try rows(
                """
                SELECT signal.id, source, received_at, payload FROM signal_key
                JOIN signal ON signal.id = signal_key.signal WHERE key = ? ORDER BY signal.id DESC LIMIT 1000
                """, [key])
            for row in matching {
                guard let signal = Signal(stored: json(row[3])) else { continue }
                found[row[0]] = StoredSignal(
                    id: row[0], source: row[1], receivedAt: Moment(milliseconds: row[2]), signal: signal)
            }
        }
        return found.values.sorted { $0.id < $1.id }
    }

    func nextDue(for executor: Executor) throws -> Moment? {
        try executor.capabilities.compactMap { needs -> Moment? in
            let found =
                if let saga = executor.saga {
                    try number("SELECT min(ready_at) FROM due WHERE saga = ? AND held = 0 AND needs = ?", saga, needs)
                } else {
                    try number("SELECT min(ready_at) FROM due WHERE held = 0 AND needs = ?", needs)
                }
            return found.map { Moment(milliseconds: $0) }
        }.min()
    }

    func executors(since: Moment) throws -> [Executor] {
        try rows("SELECT id, name, allows_shell, saga FROM executor WHERE seen_at >= ?", [since.milliseconds]).map {
            Executor(id: $0[0], name: $0[1], allowsShell: $0[2], saga: $0[3])
        }
    }

    func holds(_ claim: Claim) throws -> Bool {
        let epoch = try number(
            "SELECT epoch FROM due WHERE saga = ? AND step = ? AND kind = ? AND owner IS NOT NULL",
            claim.saga, claim.step, claim.kind.rawValue)
        return epoch == claim.epoch
    }

    private func json(_ text: String) -> JSONValue {
        (try? JSONValue(parsing: text)) ?? .null
    }
}

extension Executor {
    /// The values of `due.needs` that this executor serves.
    var capabilities: [String] { allowsShell ? ["", "shell"] : [""] }
}
