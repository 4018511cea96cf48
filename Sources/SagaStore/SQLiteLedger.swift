import GRDB
package import SagaCore
import Synchronization

/// The store over SQLite: WAL with `synchronous = FULL`, so that what was answered survives a loss of power.
package struct SQLiteLedger: Ledger {
    package let path: String
    private let pool: DatabasePool
    private let queue: CommitQueue
    private let definitions: DefinitionCache
    private let cache: SagaCache
    private let bells: Bells
    private let watch: Task<Void, Never>

    /// How often other processes' commits are looked for: the longest that work of theirs waits to be seen.
    private static let watchInterval: Duration = .milliseconds(100)

    /// Opens the store, creating or migrating it as needed.
    ///
    /// - Parameters:
    ///   - create: whether a missing file is made; the folder must exist in any case.
    ///   - busyTimeout: how long a commit waits for another process to let go of the file.
    ///   - read: reads a definition's text, which was checked when the saga was started.
    ///   - didCommit: gets the number of decisions in each physical commit, and how long it took from its begin until it
    ///     was durable, to measure how they share one.
    package init(
        path: String, create: Bool = true, busyTimeout: Duration = .seconds(10),
        read: @escaping @Sendable (String) throws -> Definition,
        didCommit: @escaping @Sendable (Int, Duration) -> Void = { _, _ in }
    ) async throws(StoreError) {
        try Self.inspect(path, create: create)
        do {
            let pool = try await Self.openPatiently(path, busyTimeout)
            let cache = SagaCache()
            let bells = Bells()
            self.path = path
            self.pool = pool
            self.cache = cache
            self.bells = bells
            definitions = DefinitionCache(read: read)
            queue = CommitQueue(
                writer: pool,
                willBatch: { db in
                    let statement = try db.cachedStatement(sql: "PRAGMA data_version")
                    cache.note(dataVersion: try Int64.fetchOne(statement) ?? 0)
                },
                didRollBack: { cache.empty() },
                didCommit: { decisions, duration in
                    bells.ring()
                    didCommit(decisions, duration)
                })
            watch = Task { await Self.watch(pool, bells) }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Closes the store. The last process to do so leaves one file that holds everything.
    package func close() async {
        watch.cancel()
        _ = await watch.value
        bells.close()
        try? pool.close()
        // SQLite folds the WAL into the file when its last connection closes, unless that one only reads; a pool
        // closes its readers last. Not being able to is no loss: the next opening does it.
        if let last = try? DatabaseQueue(path: path) {
            _ = try? await last.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM saga") }
            try? last.close()
        }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result {
        do {
            return try await queue.submit { [definitions, cache] db in
                try body(SQLiteTransaction(db: db, definitions: definitions, cache: cache))
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerReading) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.read { [definitions] db in
                try body(SQLiteTransaction(db: db, definitions: definitions, cache: nil))
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    package func changes() -> AsyncStream<Void> {
        bells.stream()
    }

    func copyEverything(to copy: DatabaseQueue) throws {
        try pool.backup(to: copy)
    }

    /// What SQLite finds wrong with the file in a time that a large one allows too; empty is good.
    package func quickCheck() async throws -> [String] {
        do {
            return try await pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check") }.filter { $0 != "ok" }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    func inspectEverything() async throws -> [String] {
        try await pool.read { [definitions] db in
            try SQLiteTransaction(db: db, definitions: definitions, cache: nil).problems()
        }
    }

    /// A read that may use what only this store has.
    func readRows<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteTransaction) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.read { [definitions] db in
                try body(SQLiteTransaction(db: db, definitions: definitions, cache: nil))
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// A transaction that may use what only this store has.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteTransaction) throws -> Result
    ) async throws -> Result {
        try await queue.submit { [definitions, cache] db in
            try body(SQLiteTransaction(db: db, definitions: definitions, cache: cache))
        }
    }

    /// What the store promises about itself, read back from SQLite.
    package func durability() async throws -> (journalMode: String, synchronous: Int) {
        try await pool.writeWithoutTransaction { db in
            (
                try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
                try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
            )
        }
    }

    /// Several processes may open a new store at the same time. One of them makes the tables; the others find its
    /// locks, or tables that were not there a moment ago, and look again.
    private static func openPatiently(_ path: String, _ busyTimeout: Duration) async throws -> DatabasePool {
        for wait in [20, 50, 100, 200, 500] {
            do {
                return try open(path, busyTimeout)
            } catch let error as DatabaseError
                where [.SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_ERROR, .SQLITE_CONSTRAINT].contains(error.resultCode)
            {
                try await Task.sleep(for: .milliseconds(wait))
            }
        }
        return try open(path, busyTimeout)
    }

    private static func open(_ path: String, _ busyTimeout: Duration) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA foreign_keys = ON") }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try Schema.migrator.migrate(pool)
        // GRDB sets NORMAL after `prepareDatabase`; in WAL mode that does not sync on commit.
        let synchronous = try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // Folding the WAL into the file syncs both while everybody waits; a WAL of 16 MiB makes it four times rarer
            // than SQLite's own choice, and writes pages that change often only once.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard synchronous == 2 else {
            throw DatabaseError(resultCode: .SQLITE_ERROR, message: "synchronous = FULL was not accepted")
        }
        return pool
    }

    /// Looks before SQLite touches anything, so that a file that is not ours stays as it is.
    private static func inspect(_ path: String, create: Bool) throws(StoreError) {
        let exists = FileSystem.exists(path)
        guard exists || create else { throw .missing(path: path) }
        try inspectFolder(of: path)
        guard exists else { return }
        guard FileSystem.isWritable(path) else { throw .notWritable(path: path) }
        try checkState(of: path, called: path)
    }

    /// Whether a store can lie at that path at all.
    static func inspectFolder(of path: String) throws(StoreError) {
        let folder = FileSystem.folder(of: path)
        guard FileSystem.isDirectory(folder) else { throw .noDirectory(path: path, directory: folder) }
        guard !FileSystem.isDirectory(path) else { throw .isDirectory(path: path) }
        if let name = FileSystem.networkType(of: folder) {
            throw .networkFileSystem(path: path, type: name)
        }
        guard FileSystem.isWritable(folder) else { throw .notWritable(path: path) }
    }

    /// - Parameter name: the path that people know the file by.
    static func checkState(of path: String, called name: String) throws(StoreError) {
        let state: State
        do {
            state = try self.state(of: path)
        } catch {
            throw StoreError(error, path: name)
        }
        switch state {
        case .empty, .ours: return
        case .foreign: throw .foreign(path: name)
        case .newer: throw .newer(path: name)
        }
    }

    private enum State {
        case empty, ours, foreign, newer
    }

    private static func state(of path: String) throws -> State {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { db in
            if try Schema.migrator.hasBeenSuperseded(db) { return .newer }
            // The list of migrations comes first, in a transaction of its own: another process may be that far.
            let tables =
                try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") ?? 0
            if tables == 0 { return .empty }
            return try Int.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID ? .ours : .foreign
        }
    }

    private static func watch(_ pool: DatabasePool, _ bells: Bells) async {
        // On a connection of its own: `data_version` tells what others did since that connection looked last.
        var configuration = Configuration()
        configuration.readonly = true
        var queue: DatabaseQueue?
        var last: Int64?
        while !Task.isCancelled {
            // Opening may fail for a while, for want of file descriptors or while the disk is full.
            if queue == nil { queue = try? DatabaseQueue(path: pool.path, configuration: configuration) }
            let version = try? await queue?.read { try Int64.fetchOne($0, sql: "PRAGMA data_version") }
            if let version, version != last {
                bells.ring()
                last = version
            }
            try? await Task.sleep(for: watchInterval)
        }
        try? queue?.close()
    }
}

extension StoreError {
    init(_ error: any Error, path: String) {
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, detail: "\(error)")
            return
        }
        switch error.resultCode {
        case .SQLITE_NOTADB: self = .notADatabase(path: path)
        case .SQLITE_CORRUPT: self = .corrupt(path: path, detail: error.message ?? "unreadable")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: self = .notWritable(path: path)
        case .SQLITE_FULL: self = .full(path: path)
        case .SQLITE_BUSY: self = .busy(path: path)
        default: self = .failed(path: path, detail: error.message ?? error.resultCode.description)
        }
    }
}
