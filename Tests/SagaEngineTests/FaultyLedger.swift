import SagaCore
import SagaStore
import Synchronization
import TestSupport

/// A store that now and then refuses a transaction, or carries it out and says that it did not.
final class FaultyLedger: Ledger {
    let base: any Ledger
    private let dice: Mutex<Dice>
    /// How many transactions out of a hundred fail, half of them after they were committed.
    private let percent: Double
    private let counts = Mutex<(refused: Int, denied: Int)>((0, 0))

    init(_ base: any Ledger, seed: UInt64, percent: Double) {
        self.base = base
        self.percent = percent
        dice = Mutex(Dice(seed: seed))
    }

    /// How many were not carried out, and how many were and were denied.
    var faults: (refused: Int, denied: Int) { counts.withLock { $0 } }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
    ) async throws -> Result {
        let (fails, isBefore) = dice.withLock { ($0.chance(percent), $0.chance(50)) }
        if fails, isBefore {
            counts.withLock { $0.refused += 1 }
            throw StoreError.busy(path: "faulty")
        }
        let result = try await base.write(body)
        if fails {
            counts.withLock { $0.denied += 1 }
            throw StoreError.failed(path: "faulty", detail: "disk I/O error")
        }
        return result
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any LedgerReading) throws -> Result
    ) async throws -> Result {
        if dice.withLock({ $0.chance(percent) }) { throw StoreError.busy(path: "faulty") }
        return try await base.read(body)
    }

    func changes() -> AsyncStream<Void> { base.changes() }
}

/// Time that passes so many times as fast, for the engine's leases, pauses and retries.
struct FastClock: Clock {
    typealias Instant = ContinuousClock.Instant
    let factor: Int

    private static let origin = ContinuousClock.now

    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .milliseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let left = ContinuousClock.now.duration(to: deadline)
        try await ContinuousClock().sleep(for: left / factor)
    }

    /// The wall clock to go with it.
    var moment: Moment {
        let passed = Self.origin.duration(to: ContinuousClock.now) * factor
        return Build.start + passed
    }
}
