import FoundationEssentials
import GRDB
import SagaCore
import SagaStore
import TestSupport
import Testing

@Suite struct MaintenanceTests {
    static func ended(_ id: String, at end: Moment) throws -> Saga {
        var saga = try LedgerContractTests.saga(id)
        saga = try saga.decide(.operate(.kill, by: Actor("ada", reason: "test")), now: end).saga
        return saga
    }

    @Test func whatEndedLongAgoIsRemovedAndNothingElse() async throws {
        try await TemporaryStore.with { store in
            let now = Build.start
            for number in 0..<250 {
                try await LedgerContractTests.insert(
                    try Self.ended("old\(number)", at: now + .seconds(number)), store.ledger)
            }
            try await LedgerContractTests.insert(try Self.ended("new", at: now + .seconds(5000)), store.ledger)
            try await LedgerContractTests.insert(try LedgerContractTests.saga("live"), store.ledger)
            let kept = try await store.ledger.prune(sagasEndedBefore: nil, deliveriesBefore: now)
            #expect(kept == (0, 0))
            let removed = try await store.ledger.prune(
                sagasEndedBefore: now + .seconds(4000), deliveriesBefore: now)
            #expect(removed == (250, 0))
            let left = try await store.ledger.read { try $0.sagas(SagaFilter()).map(\.id) }
            #expect(left == ["new", "live"])
            #expect(try await store.ledger.check().isEmpty)
        }
    }

    @Test func aDeliveryIsKeptForAsLongAsAStepWaitsForIt() async throws {
        try await TemporaryStore.with { store in
            let now = Build.start
            let saga = try LedgerContractTests.saga()
            try await LedgerContractTests.insert(saga, store.ledger)
            let begun = try saga.decide(.begin(step: "a", executor: "one"), now: now).saga
            let wait = Wait(.pipeline(PipelineWait(server: "", repo: "o/r", number: 7)), since: now)
            let parked = try begun.decide(.finish(step: "a", attempt: 1, outcome: .waits(wait)), now: now).saga
            _ = try await store.ledger.write {
                try $0.save(parked, replacing: saga, journal: [], at: now, lease: nil)
            }
            for number in 1...300 {
                let signal = Signal(kind: .pipeline, repo: "o/r", number: Int64(number), status: "running")
                _ = try await store.ledger.write {
                    try $0.insert(InboxDelivery(source: "api", signals: [signal]), at: now)
                }
            }
            let later = now + .seconds(1)
            #expect(try await store.ledger.prune(sagasEndedBefore: nil, deliveriesBefore: now) == (0, 0))
            #expect(try await store.ledger.prune(sagasEndedBefore: nil, deliveriesBefore: later) == (0, 299))
            #expect(try await store.ledger.read { try $0.signals(for: ["o/r#7"]).count } == 1)
        }
    }

    @Test func aBackupIsWholeWhileTheStoreIsInUse() async throws {
        try await TemporaryStore.with { store in
            let copy = store.path + ".backup"
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<100 {
                        try await LedgerContractTests.insert(try LedgerContractTests.saga("s\(number)"), store.ledger)
                    }
                }
                group.addTask { try await store.ledger.backup(to: copy) }
                try await group.waitForAll()
            }
            let restored = try await SQLiteLedger(path: copy, create: false, read: { TemporaryStore.read($0) })
            #expect(try await restored.check().isEmpty)
            await restored.close()
            await #expect(throws: StoreError.self) { try await store.ledger.backup(to: copy) }
            #expect(!FileManager.default.fileExists(atPath: copy + ".part"))
        }
    }

    @Test(arguments: [
        ("DELETE FROM due", "'attempt a' is owed and not in the due queue"),
        ("INSERT INTO due VALUES ('s1', 'b', 'wake', '', 1, 0, NULL, 1)", "'wake b' is in the due queue and not owed"),
        ("INSERT INTO wait VALUES ('o/r#9', 's1', 'a')", "is not what signals look for"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM saga", "refers to nothing in saga"),
    ])
    func whatIsWrongIsNamed(damage: String, problem: String) async throws {
        try await TemporaryStore.with { store in
            try await LedgerContractTests.insert(try LedgerContractTests.saga(), store.ledger)
            #expect(try await store.ledger.check().isEmpty)
            let queue = try DatabaseQueue(path: store.path)
            try await queue.writeWithoutTransaction { try $0.execute(sql: damage) }
            try queue.close()
            let found = try await store.ledger.check()
            #expect(found.contains { $0.contains(problem) }, "\(found)")
        }
    }
}
