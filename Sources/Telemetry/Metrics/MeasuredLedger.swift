package import SagaCore

/// A store whose changes are told after they are committed, each exactly once.
///
/// What a transaction writes is noted while its closure runs and handed on with its result: a closure that the store
/// runs a second time notes afresh, and one that fails tells nothing.
package struct MeasuredLedger: Ledger {
    private let base: any Ledger
    private let observe: @Sendable ([LedgerChange]) -> Void

    package init(_ base: any Ledger, observe: @escaping @Sendable ([LedgerChange]) -> Void) {
        self.base = base
        self.observe = observe
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result {
        let (result, changes) = try await base.write { transaction in
            let measured = MeasuredTransaction(transaction)
            return (try body(measured), measured.changes)
        }
        if !changes.isEmpty { observe(changes) }
        return result
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerReading) throws -> Result
    ) async throws -> Result {
        try await base.read(body)
    }

    package func changes() -> AsyncStream<Void> {
        base.changes()
    }
}
