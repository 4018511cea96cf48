import FoundationEssentials
import GRDB
import SagaCore
import SagaStore
import Synchronization
import TestSupport
import Testing

@Suite struct SQLiteLedgerTests {
    @Test func whatIsCommittedIsSyncedToDisk() async throws {
        try await TemporaryStore.with { store in
            let durability = try await store.ledger.durability()
            #expect(durability.journalMode == "wal")
            #expect(durability.synchronous == 2, "FULL")
        }
    }

    /// What a refused closure wrote is taken back by running the others again; each of them still counts once.
    @Test func everyDecisionIsCommittedOnceWhateverFailsBesideIt() async throws {
        struct Mishap: Error {}
        let decisions = Mutex(0)
        try await TemporaryStore.withFolder { folder in
            let ledger = try await SQLiteLedger(
                path: folder + "/saga.db", read: { TemporaryStore.read($0) },
                didCommit: { count, _ in decisions.withLock { $0 += count } })
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        try? await ledger.write { transaction in
                            if number % 3 == 1 { throw Mishap() }
                            let saga = try LedgerContractTests.saga("s\(number)")
                            let entry = JournalEntry(.sagaCreated)
                            try transaction.insert(
                                saga, definition: TemporaryStore.text, journal: [entry], at: Build.start)
                            if number % 3 == 2 { throw Mishap() }
                        }
                    }
                }
            }
            #expect(decisions.withLock { $0 } == 20)
            let journal = try await ledger.read { try $0.journal(of: nil, after: 0, limit: 100) }
            #expect(Set(journal.map(\.saga)).count == 20)
            #expect(journal.count == 20)
            #expect(try await ledger.check() == [])
            await ledger.close()
        }
    }

    @Test func twoProcessesSeeEachOthersSagas() async throws {
        try await TemporaryStore.with { store in
            let other = try await SQLiteLedger(path: store.path, read: { TemporaryStore.read($0) })
            let rings = other.changes()
            for number in 0..<20 {
                let (writer, reader) = number.isMultiple(of: 2) ? (store.ledger, other) : (other, store.ledger)
                let saga = try LedgerContractTests.saga("s\(number)")
                try await LedgerContractTests.insert(saga, writer)
                #expect(try await reader.write { try $0.saga(saga.id) } == saga)
                // A change by the other one is not hidden by what this one remembers.
                let paused = try saga.decide(.operate(.pause, by: Actor("ada")), now: Build.start).saga
                _ = try await reader.write {
                    try $0.save(paused, replacing: saga, journal: [], at: Build.start, lease: nil)
                }
                #expect(try await writer.write { try $0.saga(saga.id) } == paused)
            }
            for await _ in rings { break }
            await other.close()
        }
    }

    /// Where another process is just making the tables, only the list of migrations may be there.
    @Test func aStoreThatIsBeingMadeIsNotAForeignOne() async throws {
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            let other = try DatabaseQueue(path: path)
            try await other.write {
                try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            }
            try other.close()
            let ledger = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            #expect(try await ledger.check() == [])
            await ledger.close()
        }
    }

    @Test func manyMayOpenANewStoreAtOnce() async throws {
        try await TemporaryStore.withFolder { folder in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let ledger = try await SQLiteLedger(
                            path: folder + "/saga.db", read: { TemporaryStore.read($0) })
                        #expect(try await ledger.read { try $0.sagas(SagaFilter()) }.isEmpty)
                        await ledger.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aClosedStoreIsOneFile() async throws {
        try await TemporaryStore.withFolder { folder in
            let ledger = try await SQLiteLedger(path: folder + "/saga.db", read: { TemporaryStore.read($0) })
            try await LedgerContractTests.insert(try LedgerContractTests.saga(), ledger)
            await ledger.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["saga.db"])
        }
    }

    @Test func aSecondOpeningFindsEverything() async throws {
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            let saga = try LedgerContractTests.saga()
            let first = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            try await LedgerContractTests.insert(saga, first)
            await first.close()
            let second = try await SQLiteLedger(path: path, create: false, read: { TemporaryStore.read($0) })
            #expect(try await second.read { try $0.saga("s1") } == saga)
            await second.close()
        }
    }

    private func expect(_ path: String, create: Bool = true, _ matches: (StoreError) -> Bool) async {
        do {
            let ledger = try await SQLiteLedger(path: path, create: create, read: { TemporaryStore.read($0) })
            await ledger.close()
            Issue.record("\(path) was opened")
        } catch {
            #expect(matches(error), "\(error)")
            #expect(error.message.contains(path))
        }
    }

    @Test func whatIsNoStoreOfOursIsNamedAndLeftAsItIs() async throws {
        try await TemporaryStore.withFolder { folder in
            await expect(folder + "/none.db", create: false) { $0 == .missing(path: folder + "/none.db") }
            await expect(folder + "/none/saga.db") {
                $0 == .noDirectory(path: folder + "/none/saga.db", directory: folder + "/none")
            }
            await expect(folder) { $0 == .isDirectory(path: folder) }

            let text = folder + "/text.db"
            let words = Array(repeating: "this is a diary\n", count: 200).joined()
            try words.write(toFile: text, atomically: false, encoding: .utf8)
            await expect(text) { $0 == .notADatabase(path: text) }
            #expect(try String(contentsOfFile: text, encoding: .utf8) == words)

            let foreign = folder + "/foreign.db"
            let queue = try DatabaseQueue(path: foreign)
            try await queue.write { try $0.execute(sql: "CREATE TABLE photos (id INTEGER PRIMARY KEY)") }
            try queue.close()
            let before = try Data(contentsOf: URL(filePath: foreign))
            await expect(foreign) { $0 == .foreign(path: foreign) }
            #expect(try Data(contentsOf: URL(filePath: foreign)) == before)
        }
    }

    @Test func aNewerSchemaIsRefused() async throws {
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            await (try SQLiteLedger(path: path, read: { TemporaryStore.read($0) })).close()
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
            try queue.close()
            await expect(path) { $0 == .newer(path: path) }
        }
    }

    @Test func aBrokenFileIsNamedCorrupt() async throws {
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            await (try SQLiteLedger(path: path, read: { TemporaryStore.read($0) })).close()
            var bytes = try Data(contentsOf: URL(filePath: path))
            for index in 100..<4096 { bytes[index] = 0xA5 }
            try bytes.write(to: URL(filePath: path))
            await expect(path) { if case .corrupt = $0 { true } else { false } }
            #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
        }
    }

    @Test(arguments: [
        ("/data/saga", "36 35 98:0 / /data rw,noatime - nfs4 host:/x rw", "nfs4"),
        ("/data/saga", "36 35 98:0 / /data rw shared:1 master:2 - cifs //h/x rw", "cifs"),
        ("/data", "1 0 8:1 / / rw - ext4 /dev/sda rw\n36 1 98:0 / /data/x rw - nfs host:/x rw", nil),
        ("/data/my disk", "36 35 98:0 / /data/my\\040disk rw - nfs host:/x rw", "nfs"),
        ("/database", "1 0 8:1 / / rw - ext4 /dev/sda rw\n36 35 98:0 / /data rw - nfs host:/x rw", nil),
        ("/data/local", "3 0 0:1 / /data rw - nfs h:/x rw\n4 3 8:2 / /data/local rw - xfs /dev/sdb rw", nil),
        ("/x", "", nil),
    ])
    func networkFileSystemsAreKnownByTheMountTable(folder: String, mounts: String, type: String?) {
        #expect(FileSystem.networkType(of: folder, mounts: mounts) == type)
    }

    @Test func theDatabaseGuardsTheRulesAgain() async throws {
        try await TemporaryStore.with { store in
            try await LedgerContractTests.insert(try LedgerContractTests.saga(), store.ledger)
            let queue = try DatabaseQueue(path: store.path)
            for wrong in [
                "UPDATE saga SET status = 'completed'", "UPDATE saga SET status = 'odd'",
                "UPDATE step SET status = 'running', activity = 'idle' WHERE position = 0",
                "UPDATE step SET status = 'completed' WHERE position = 1",
                "UPDATE due SET kind = 'odd'", "INSERT INTO wait VALUES ('k', 'nobody', 'a')",
            ] {
                do {
                    try await queue.write { try $0.execute(sql: "PRAGMA foreign_keys = ON; " + wrong) }
                    Issue.record("accepted: \(wrong)")
                } catch let error as DatabaseError {
                    #expect(error.resultCode == .SQLITE_CONSTRAINT)
                }
            }
            try queue.close()
        }
    }
}
