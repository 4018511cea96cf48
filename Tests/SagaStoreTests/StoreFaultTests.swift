import FaultySQLite
import FoundationEssentials
import GRDB
import SagaCore
import SagaStore
import Testing

/// What the store does when the disk or another process fails it in the middle of a commit, by SQLite's own codes.
@Suite(.serialized) struct StoreFaultTests {
    enum Operation: Int32, Sendable {
        case write = 1
        case sync = 2
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var operation: Operation
        var code: ResultCode
        /// It happened, but the caller is told it did not.
        var applies = false

        var testDescription: String { "\(operation) \(code)" + (applies ? ", carried out" : "") }
    }

    static let faults = [
        Fault(operation: .write, code: .SQLITE_FULL), Fault(operation: .write, code: .SQLITE_IOERR_WRITE),
        Fault(operation: .write, code: .SQLITE_IOERR_WRITE, applies: true),
        Fault(operation: .sync, code: .SQLITE_IOERR_FSYNC), Fault(operation: .sync, code: .SQLITE_FULL),
        Fault(operation: .sync, code: .SQLITE_IOERR_FSYNC, applies: true),
    ]

    /// A store whose writes can be made to fail.
    private static func withFaultyStore(_ body: (String, SQLiteLedger) async throws -> Void) async throws {
        faulty_install()
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            #expect(faulty_watch(path) == 1)
            defer { faulty_unwatch(path) }
            let ledger = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            try await body(path, ledger)
            await ledger.close()
        }
    }

    private static func insert(_ id: String, _ ledger: SQLiteLedger) async -> (any Error)? {
        do {
            try await LedgerContractTests.insert(try LedgerContractTests.saga(id), ledger)
            return nil
        } catch {
            return error
        }
    }

    /// Each caller of a batch is told the truth, or that it failed; nothing is ever half there.
    @Test(arguments: faults, 0..<5)
    func whoIsAnsweredIsStoredAndWhoIsRefusedMayComeAgain(fault: Fault, after: Int) async throws {
        try await Self.withFaultyStore { path, ledger in
            #expect(await Self.insert("first", ledger) == nil)
            faulty_arm(path, fault.operation.rawValue, fault.code.rawValue, Int32(after), fault.applies ? 1 : 0)
            var refused: [String: any Error] = [:]
            await withTaskGroup(of: (String, (any Error)?).self) { group in
                for number in 0..<20 { group.addTask { ("s\(number)", await Self.insert("s\(number)", ledger)) } }
                for await (id, error) in group { refused[id] = error }
            }
            for _ in 0..<12 where faulty_count(path) == 0 {
                // The batches were fewer than the operations that were to pass.
                let id = "more\(refused.count)-\(UUID().uuidString)"
                refused[id] = await Self.insert(id, ledger)
            }
            #expect(faulty_count(path) == 1)
            #expect(!refused.isEmpty)
            for error in refused.values {
                let expected: StoreError? = fault.code == .SQLITE_FULL ? .full(path: path) : nil
                let given = error as? StoreError
                #expect(given != nil && (expected == nil || given == expected), "\(error)")
            }
            for id in refused.keys {
                let stored = try await ledger.read { try $0.saga(id) }
                #expect(stored == nil, "\(id) was refused and is there")
                #expect(await Self.insert(id, ledger) == nil, "there is room again")
            }
            #expect(try await ledger.check() == [])
            await ledger.close()
            let again = try await SQLiteLedger(path: path, read: { TemporaryStore.read($0) })
            for id in ["first"] + (0..<20).map({ "s\($0)" }) + refused.keys {
                let stored = try await again.read { try $0.saga(id) }
                #expect(stored?.id == id, "\(id) was accepted and is gone")
            }
            #expect(try await again.check() == [])
            await again.close()
        }
    }

    /// The process dies right after it was told that a commit had failed which is on the disk all the same.
    @Test(arguments: faults)
    func aCrashAfterAFailedCommitLeavesAllOfItOrNothing(fault: Fault) async throws {
        try await Self.withFaultyStore { path, ledger in
            #expect(await Self.insert("first", ledger) == nil)
            faulty_arm(path, fault.operation.rawValue, fault.code.rawValue, 0, fault.applies ? 1 : 0)
            #expect(await Self.insert("second", ledger) != nil)
            // What a new process would find.
            let copy = path + ".crashed"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            let found = try await SQLiteLedger(path: copy, read: { TemporaryStore.read($0) })
            #expect(try await found.read { try $0.saga("first") } != nil)
            let second = try await found.read { try $0.saga("second") }
            let expected = try LedgerContractTests.saga("second")
            #expect(second == nil || second == expected)
            #expect(try await found.check() == [])
            // Whoever was told that it failed comes again with the same key, and finds one saga in either case.
            if second == nil { #expect(await Self.insert("second", found) == nil) }
            #expect(try await found.read { try $0.saga(withIdempotencyKey: "key-second") } == expected)
            await found.close()
        }
    }

    @Test func anotherProcessThatHoldsTheLockIsNamedAndWaitedFor() async throws {
        try await TemporaryStore.withFolder { folder in
            let path = folder + "/saga.db"
            let ledger = try await SQLiteLedger(path: path, busyTimeout: .milliseconds(50)) { TemporaryStore.read($0) }
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            try await other.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN IMMEDIATE")
            }
            let error = await Self.insert("s1", ledger) as? StoreError
            #expect(error == .busy(path: path))
            #expect(error?.message.contains("another process") == true)
            try await other.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
            #expect(await Self.insert("s1", ledger) == nil)
            try other.close()
            await ledger.close()
        }
    }
}
