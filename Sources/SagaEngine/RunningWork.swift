import SagaCore
import Synchronization

/// The work that this process is doing, so that leases can be renewed and lost work stopped.
final class RunningWork: Sendable {
    private struct Entry {
        var claim: Claim
        var stop: AsyncStream<Void>.Continuation
    }

    private let entries = Mutex<[Int: Entry]>([:])
    private let next = Atomic<Int>(0)

    var count: Int { entries.withLock { $0.count } }
    var claims: [Claim] { entries.withLock { $0.values.map(\.claim) } }

    /// Notes a piece of work; the stream ends when it has to stop. Nil where this process still does the same work
    /// under an older epoch, because it was stalled for longer than a lease: that one is stopped, and the new claim
    /// has to be given back until it is gone.
    func begin(_ claim: Claim) -> (ticket: Int, stopped: AsyncStream<Void>)? {
        let ticket = next.add(1, ordering: .relaxed).newValue
        let (stream, stop) = AsyncStream<Void>.makeStream()
        return entries.withLock { entries in
            let same = entries.values.filter { $0.claim.isSameWork(as: claim) }
            guard same.isEmpty else {
                for entry in same { entry.stop.finish() }
                return nil
            }
            entries[ticket] = Entry(claim: claim, stop: stop)
            return (ticket, stream)
        }
    }

    func end(_ ticket: Int) {
        _ = entries.withLock { $0.removeValue(forKey: ticket) }
    }

    func stop(_ claims: [Claim]) {
        entries.withLock { entries in
            for entry in entries.values where claims.contains(entry.claim) { entry.stop.finish() }
        }
    }

    func stopAll() {
        entries.withLock { entries in
            for entry in entries.values { entry.stop.finish() }
        }
    }
}

extension Claim {
    func isSameWork(as other: Claim) -> Bool {
        saga == other.saga && step == other.step && kind == other.kind
    }
}
