import FoundationEssentials
import GRDB
import Glibc
package import SagaCore

/// Going back to a copy.
extension SQLiteLedger {
    /// Who was seen that lately may still work on the store.
    private static let lately: Duration = .seconds(30)

    /// Puts a copy that `backup` has made in a store's place. What was there is kept beside it, with its `-wal`: one that
    /// stayed behind would be applied to the copy and undo the restore without a word.
    ///
    /// Killed at any moment, it leaves the old store or the new one whole in its place, and may be repeated.
    ///
    /// - Parameter force: although somebody was seen lately who may still work on the store.
    /// - Returns: where what was there is now; nil where nothing was.
    package static func restore(
        _ copy: String, to destination: String, force: Bool = false, now: Moment
    ) async throws(StoreError) -> String? {
        guard FileSystem.exists(copy) else { throw .missing(path: copy) }
        guard !FileSystem.exists(copy + "-wal") else {
            throw .failed(
                path: copy, detail: "it has a -wal file, so it is in use and no copy that 'saga backup' has made")
        }
        try inspectFolder(of: destination)
        let users = try? await users(of: destination, since: now + (.zero - lately))
        if let users, !users.isEmpty, !force {
            throw .failed(
                path: destination,
                detail: "it is in use by \(users.joined(separator: ", ")): stop that first; one that was killed is "
                    + "forgotten after half a minute, or at once with --force")
        }
        let draft = destination + ".part"
        do {
            try? FileManager.default.removeItem(atPath: draft)
            try FileManager.default.copyItem(atPath: copy, toPath: draft)
            try await verify(draft, called: copy)
            try durably(draft, like: destination)
            // Whole without its log, so that no moment in between shows a part of it. One that cannot be opened any more
            // has nothing to lose by it.
            if (try? checkState(of: destination, called: destination)) != nil { try? await fold(destination) }
            return try replace(destination, with: draft, now)
        } catch {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: draft + suffix) }
            throw error as? StoreError ?? StoreError(error, path: destination)
        }
    }

    /// The names of those who were seen since a moment; nobody where the file is no store.
    private static func users(of path: String, since: Moment) async throws -> [String] {
        guard FileSystem.exists(path) else { return [] }
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let names = try await queue.read { db in
            try String.fetchAll(
                db, sql: "SELECT name FROM executor WHERE seen_at >= ? ORDER BY name", arguments: [since.milliseconds])
        }
        try queue.close()
        return names
    }

    private static func verify(_ draft: String, called copy: String) async throws {
        try checkState(of: draft, called: copy)
        let queue = try DatabaseQueue(path: draft)
        let (verdict, tables) = try await queue.read { db in
            (
                try String.fetchOne(db, sql: "PRAGMA integrity_check"),
                try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master WHERE name = 'saga'")
            )
        }
        try queue.close()
        guard tables == 1 else { throw StoreError.failed(path: copy, detail: "there is nothing in it") }
        guard verdict == "ok" else { throw StoreError.corrupt(path: copy, detail: verdict ?? "no answer") }
    }

    /// Puts what stands in a store's log into its file; the last one to close it removes the log.
    private static func fold(_ path: String) async throws {
        guard FileSystem.exists(path) else { return }
        let queue = try DatabaseQueue(path: path)
        _ = try await queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try queue.close()
    }

    /// Onto the disk, and to whoever owns the store, or its folder: a restore is often root's work.
    private static func durably(_ draft: String, like destination: String) throws {
        var info = stat()
        if stat(destination, &info) == 0 || stat(FileSystem.folder(of: destination), &info) == 0 {
            _ = chown(draft, info.st_uid, info.st_gid)
        }
        try sync(draft)
    }

    private static func sync(_ path: String) throws {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw StoreError.notWritable(path: path) }
        defer { Glibc.close(file) }
        guard fsync(file) == 0 else { throw StoreError.failed(path: path, detail: "it could not be synced") }
    }

    private static func replace(_ destination: String, with draft: String, _ now: Moment) throws -> String? {
        let time = now.description.prefix(19).filter { $0 != "-" && $0 != ":" }
        let kept = "\(destination).replaced-\(time)Z"
        let isThere = FileSystem.exists(destination)
        if isThere {
            // A second name first: the place itself is never empty, so nobody makes a new store there.
            try FileManager.default.linkItem(atPath: destination, toPath: kept)
        }
        for suffix in ["-wal", "-shm"] where FileSystem.exists(destination + suffix) {
            try FileManager.default.moveItem(atPath: destination + suffix, toPath: kept + suffix)
        }
        guard rename(draft, destination) == 0 else { throw StoreError.notWritable(path: destination) }
        try sync(FileSystem.folder(of: destination))
        return isThere ? kept : nil
    }
}
