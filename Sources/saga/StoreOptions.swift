import ArgumentParser
import SagaClient
import SagaDefinitions
import SagaStore

/// A store file, for what only a file can do.
struct StoreOptions: ParsableArguments {
    @Option(help: "The store file, on the machine where it lies.")
    var store: String

    func withStore<Answer>(_ work: (SQLiteLedger) async throws -> Answer) async throws -> Answer {
        try await Self.with(store, work)
    }

    /// Opens a store that is there, and closes it again.
    static func with<Answer>(
        _ path: String, _ work: (SQLiteLedger) async throws -> Answer
    ) async throws -> Answer {
        let ledger: SQLiteLedger
        do {
            ledger = try await SQLiteLedger(path: path, create: false) { try DefinitionReader.read($0).definition }
        } catch {
            throw Ending(.unreachable, error.message)
        }
        do {
            let answer = try await work(ledger)
            await ledger.close()
            return answer
        } catch {
            await ledger.close()
            throw (error as? StoreError).map { Ending(.unreachable, $0.message) } ?? error
        }
    }
}
