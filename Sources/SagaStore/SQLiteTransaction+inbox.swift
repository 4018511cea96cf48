import GRDB
import SagaCore

/// The inbox of signals.
extension SQLiteTransaction {
    func insert(_ delivery: InboxDelivery, at now: Moment) throws -> [StoredSignal]? {
        try run(
            """
            INSERT INTO delivery (source, delivery_id, semantic_key, received_at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """, delivery.source, delivery.id, delivery.semanticKey, now.milliseconds)
        guard db.changesCount == 1 else { return nil }
        let deliveryID = db.lastInsertedRowID
        return try delivery.signals.map { signal in
            try run(
                "INSERT INTO signal (delivery, source, payload, received_at, matched) VALUES (?, ?, ?, ?, 0)",
                deliveryID, delivery.source, signal.json.json, now.milliseconds)
            let id = db.lastInsertedRowID
            for key in signal.keys {
                try run("INSERT OR IGNORE INTO signal_key (key, signal) VALUES (?, ?)", key, id)
            }
            return StoredSignal(id: id, source: delivery.source, receivedAt: now, signal: signal)
        }
    }

    func signals(_ filter: SignalFilter) throws -> [ListedSignal] {
        // Walks the ids downwards; how many there are is bounded by the retention of deliveries.
        let matching = try rows(
            """
            SELECT id, source, received_at, payload, matched FROM signal
            WHERE id < ? AND matched <= ? ORDER BY id DESC LIMIT ?
            """, [filter.before ?? .max, filter.isUnmatched ? 0 : 1, filter.limit])
        return matching.compactMap { row in
            let payload: String = row[3]
            guard let json = try? JSONValue(parsing: payload), let signal = Signal(stored: json) else { return nil }
            let stored = StoredSignal(
                id: row[0], source: row[1], receivedAt: Moment(milliseconds: row[2]), signal: signal)
            return ListedSignal(stored, isMatched: row[4] as Int64 == 1)
        }
    }

    func markMatched(_ signal: Int64) throws {
        try run("UPDATE signal SET matched = 1 WHERE id = ? AND matched = 0", signal)
    }
}
