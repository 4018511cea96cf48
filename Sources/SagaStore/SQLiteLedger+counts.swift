import GRDB
package import SagaCore

/// How much of what a store holds is not over.
package struct StoreCounts: Hashable, Sendable {
    /// Sagas by status, of the statuses that are not final.
    package var active: [SagaStatus: Int]
    /// Steps that are parked, by what they do.
    package var waits: [ActionKind: Int]

    package init(active: [SagaStatus: Int] = [:], waits: [ActionKind: Int] = [:]) {
        self.active = active
        self.waits = waits
    }
}

extension SQLiteLedger {
    /// Counts what is not over. Ended sagas cost nothing; the rest is found by status, and its steps by their saga.
    package func counts() async throws -> StoreCounts {
        try await readRows { try $0.counts() }
    }
}

extension SQLiteTransaction {
    fileprivate func counts() throws -> StoreCounts {
        var counts = StoreCounts()
        for status in SagaStatus.allCases where !status.isTerminal {
            let count = try number("SELECT count(*) FROM saga WHERE status = ?", status.rawValue)
            counts.active[status] = count.map { Int($0) }
        }
        // What a step does stands in the definition alone, which many sagas share.
        let places = try rows(
            """
            SELECT definition, position, count(*) FROM saga JOIN step ON step.saga = saga.id
            WHERE saga.status IN ('running', 'compensating') AND activity = 'waiting' GROUP BY definition, position
            """)
        for row in places {
            let definition = try definitions.definition(row[0], in: db)
            let position: Int = row[1]
            guard definition.steps.indices.contains(position) else { continue }
            counts.waits[definition.steps[position].action, default: 0] += row[2]
        }
        return counts
    }
}
