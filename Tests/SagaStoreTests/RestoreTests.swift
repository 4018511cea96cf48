import FoundationEssentials
import GRDB
import SagaCore
import SagaStore
import TestSupport
import Testing

@Suite struct RestoreTests {
    static let now = Build.start

    /// A store with one saga, and a copy that was made before a second one came.
    private static func withCopy(
        _ body: (_ store: String, _ copy: String, _ folder: String) async throws -> Void
    ) async throws {
        try await TemporaryStore.withFolder { folder in
            let (path, copy) = (folder + "/saga.db", folder + "/copy.db")
            let ledger = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            try await LedgerContractTests.insert(try LedgerContractTests.saga("one"), ledger)
            try await ledger.backup(to: copy)
            try await LedgerContractTests.insert(try LedgerContractTests.saga("two"), ledger)
            await ledger.close()
            try await body(path, copy, folder)
        }
    }

    private static func ids(_ path: String) async throws -> [String] {
        let ledger = try await SQLiteLedger(path: path, create: false, read: { TemporaryStore.read($0) })
        let ids = try await ledger.read { try $0.sagas(SagaFilter()).map(\.id) }
        #expect(try await ledger.check() == [])
        await ledger.close()
        return ids
    }

    @Test func theCopyTakesThePlaceAndWhatWasThereIsKept() async throws {
        try await Self.withCopy { store, copy, folder in
            let kept = try #require(try await SQLiteLedger.restore(copy, to: store, now: Self.now))
            #expect(try await Self.ids(store) == ["one"])
            #expect(try await Self.ids(kept) == ["two", "one"])
            #expect(try await Self.ids(copy) == ["one"])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!names.contains { $0.contains(".part") }, "\(names)")
            let fresh = folder + "/fresh.db"
            #expect(try await SQLiteLedger.restore(copy, to: fresh, now: Self.now) == nil)
            #expect(try await Self.ids(fresh) == ["one"])
        }
    }

    @Test func aLogThatAKilledProcessLeftIsNotAppliedToTheCopy() async throws {
        try await Self.withCopy { store, copy, folder in
            let ledger = try await SQLiteLedger(path: store, read: { TemporaryStore.read($0) })
            try await LedgerContractTests.insert(try LedgerContractTests.saga("three"), ledger)
            // As a kill would leave them.
            for suffix in ["", "-wal", "-shm"] {
                try FileManager.default.copyItem(atPath: store + suffix, toPath: folder + "/killed.db" + suffix)
            }
            await ledger.close()
            let killed = folder + "/killed.db"
            let kept = try #require(try await SQLiteLedger.restore(copy, to: killed, now: Self.now))
            // A kill in the middle would have left the one or the other, never a store without its log.
            for path in [killed, kept] { #expect(!FileManager.default.fileExists(atPath: path + "-wal")) }
            #expect(try await Self.ids(killed) == ["one"])
            #expect(try await Self.ids(kept) == ["two", "three", "one"], "nothing is lost")
        }
    }

    @Test func aStoreThatCannotBeOpenedAnyMoreIsReplacedAndKept() async throws {
        try await Self.withCopy { store, copy, _ in
            let broken = Data(repeating: 0xAB, count: 8192)
            try broken.write(to: URL(filePath: store))
            let kept = try #require(try await SQLiteLedger.restore(copy, to: store, now: Self.now))
            #expect(try await Self.ids(store) == ["one"])
            #expect(try Data(contentsOf: URL(filePath: kept)) == broken)
        }
    }

    @Test func aStoreThatIsInUseIsLeftAlone() async throws {
        try await Self.withCopy { store, copy, _ in
            let ledger = try await SQLiteLedger(path: store, read: { TemporaryStore.read($0) })
            let executor = Executor(id: "r1", name: "receiver on ci", allowsShell: false)
            try await ledger.write { try $0.register(executor, at: Self.now) }
            await ledger.close()
            await #expect {
                try await SQLiteLedger.restore(copy, to: store, now: Self.now + .seconds(20))
            } throws: { ($0 as? StoreError)?.message.contains("in use by receiver on ci") == true }
            #expect(try await Self.ids(store) == ["two", "one"])
            _ = try await SQLiteLedger.restore(copy, to: store, force: true, now: Self.now + .seconds(20))
            #expect(try await Self.ids(store) == ["one"])
        }
    }

    @Test(arguments: ["missing", "text", "empty", "foreign", "torn", "live"])
    func whatIsNoCopyChangesNothing(kind: String) async throws {
        try await Self.withCopy { store, copy, folder in
            let other = folder + "/other.db"
            switch kind {
            case "text": try Data("no database at all, however one looks".utf8).write(to: URL(filePath: other))
            case "empty": try Data().write(to: URL(filePath: other))
            case "foreign":
                let queue = try DatabaseQueue(path: other)
                try await queue.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
                try queue.close()
            case "torn":
                var bytes = try Data(contentsOf: URL(filePath: copy))
                bytes.replaceSubrange(8192..<12288, with: [UInt8](repeating: 0xAB, count: 4096))
                try bytes.write(to: URL(filePath: other))
            case "live":
                try FileManager.default.copyItem(atPath: copy, toPath: other)
                try Data("x".utf8).write(to: URL(filePath: other + "-wal"))
            default: break
            }
            await #expect(throws: StoreError.self) {
                try await SQLiteLedger.restore(other, to: store, now: Self.now)
            }
            #expect(try await Self.ids(store) == ["two", "one"])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!names.contains { $0.contains(".part") || $0.contains(".replaced") }, "\(names)")
        }
    }
}
