import GRDB
import SagaCore
import TestSupport
import Testing

@testable import SagaStore

/// Stores of earlier versions, with data in them.
@Suite struct MigrationTests {
    @Test func aStoreOfVersionOneKeepsItsSagasAndWhatTheyAreOwed() async throws {
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            let old = try DatabaseQueue(path: path)
            try Schema.migrator.migrate(old, upTo: "1")
            try await old.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO definition (id, fingerprint, text) VALUES (1, 7, 'two steps');
                        INSERT INTO saga (id, definition, name, status, version, vars, origin, retry_count, created_at,
                            updated_at, endings, idempotency_key)
                            VALUES ('s', 1, 'release', 'running', 3, '{"v":1}', '{}', 0, 1000, 2000, 0, 'k');
                        INSERT INTO step (saga, position, name, status, generation, attempt, activity, activity_at,
                            started_at, tombstone) VALUES ('s', 0, 'a', 'running', 1, 1, 'owed', 5000, 1000, 0),
                            ('s', 1, 'b', 'pending', 1, 0, 'idle', NULL, NULL, 0),
                            ('s', 2, 'undo-a', 'pending', 1, 0, 'idle', NULL, NULL, 0);
                        INSERT INTO due (saga, step, kind, needs, ready_at, held, epoch)
                            VALUES ('s', 'a', 'attempt', '', 5000, 0, 9);
                        INSERT INTO journal (saga, at, kind, data) VALUES ('s', 1000, 'saga_created', '{}');
                        """)
            }
            try old.close()
            let ledger = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            let problems = try await ledger.check()
            #expect(problems.isEmpty)
            let executor = Executor(id: "e", name: "e", allowsShell: false)
            let ready = try await ledger.write {
                try $0.ready(for: executor, saga: nil, limit: 10, now: Moment(milliseconds: 6000))
            }
            #expect(ready == [Claim(saga: "s", step: "a", kind: .attempt, epoch: 9)])
            let saga = try #require(try await ledger.read { try $0.saga(withIdempotencyKey: "k") })
            #expect(saga.step("a")?.owedCancel == nil)
            #expect(try await ledger.read { try $0.journal(of: "s", after: 0, limit: 9).count } == 1)
            // What version one could not hold.
            var next = saga
            next.steps[0].status = .failed
            next.steps[0].activity = .idle
            next.steps[0].completedAt = Moment(milliseconds: 6000)
            next.steps[0].owedCancel = OwedCancel(
                since: Moment(milliseconds: 6000), due: Moment(milliseconds: 7000), attempt: 2, error: "down")
            let changed = next
            _ = try await ledger.write {
                try $0.save(changed, replacing: saga, journal: [], at: changed.updatedAt, lease: nil)
            }
            let again = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            #expect(try await again.read { try $0.saga("s") } == changed)
            let cancel = try await again.write {
                try $0.ready(for: executor, saga: nil, limit: 10, now: Moment(milliseconds: 7000))
            }
            #expect(cancel.map(\.kind) == [.cancel])
            let taken = try await again.write {
                try $0.take(cancel[0], lease: Lease(owner: "e", until: Moment(milliseconds: 17_000)))
            }
            #expect(try await again.read { try $0.holds(taken) })
            await again.close()
            await ledger.close()
        }
    }
}
