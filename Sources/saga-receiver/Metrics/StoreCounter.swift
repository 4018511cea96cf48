import SagaStore
import Synchronization

/// Counts what the store holds when asked, and not more often than the store can bear: everybody may ask.
final class StoreCounter: Sendable {
    private struct State {
        var counts: StoreCounts?
        /// Until then what was counted last is good enough.
        var goodUntil = ContinuousClock.now
        var isCounting = false
    }

    private static let shortest: Duration = .seconds(1)
    private static let longest: Duration = .seconds(10)
    /// Counting takes about this part of the time at most.
    private static let share = 10

    private let count: @Sendable () async throws -> StoreCounts
    private let state = Mutex(State())

    convenience init(_ store: SQLiteLedger) {
        self.init { try await store.counts() }
    }

    init(count: @escaping @Sendable () async throws -> StoreCounts) {
        self.count = count
    }

    /// Nil where the store cannot be read.
    func counts() async -> StoreCounts? {
        let known = state.withLock { state -> StoreCounts? in
            // While somebody counts, the others get what is known.
            if let counts = state.counts, state.isCounting || ContinuousClock.now < state.goodUntil { return counts }
            state.isCounting = true
            return nil
        }
        if let known { return known }
        let start = ContinuousClock.now
        let counts = try? await count()
        let end = ContinuousClock.now
        state.withLock { state in
            state.counts = counts
            state.goodUntil = end + min(Self.longest, max(Self.shortest, (end - start) * Self.share))
            state.isCounting = false
        }
        return counts
    }
}
