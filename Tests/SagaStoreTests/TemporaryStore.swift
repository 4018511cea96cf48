import FoundationEssentials
import SagaCore
import SagaStore
import TestSupport

/// A store in a folder of its own that is gone afterwards.
struct TemporaryStore {
    let ledger: SQLiteLedger
    let path: String

    static let text = "two steps"
    static let shellText = "a shell step"
    static let definition = Build.definition(
        [
            Build.step("a", undo: "undo-a", attempts: 3), Build.step("b", after: ["a"]), Build.undo("undo-a"),
        ], vars: [.init(name: "v", standard: 1)])
    static let shellDefinition = Build.definition([Build.step("sh", action: .shell)])

    static func read(_ text: String) -> Definition {
        text == shellText ? shellDefinition : definition
    }

    static func with(_ body: (TemporaryStore) async throws -> Void) async throws {
        try await withFolder { folder in
            let path = folder + "/saga.db"
            let ledger = try await SQLiteLedger(path: path, read: { read($0) })
            do {
                try await body(TemporaryStore(ledger: ledger, path: path))
                await ledger.close()
            } catch {
                await ledger.close()
                throw error
            }
        }
    }

    static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saga-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }
}
