import SagaCore
import Synchronization

/// The work that this process is doing, so that leases can be renewed and lost work stopped.
final class RunningWork: Sendable {
    /// What a piece of work needs to know of itself.
    struct Ticket: Sendable {
        fileprivate let number: Int
        /// Ends when the work has to stop.
        let stopped: AsyncStream<Void>
        /// The same work under older epochs, each ending when it has.
        let predecessors: [AsyncStream<Void>]
    }

    private struct Entry {
        var claim: Claim
        var stop: AsyncStream<Void>.Continuation
        var isStopped = false
        var successors: [AsyncStream<Void>.Continuation] = []

        mutating func halt() {
            isStopped = true
            stop.finish()
        }
    }

    private let entries = Mutex<[Int: Entry]>([:])
    private let next = Atomic<Int>(0)

    var count: Int { entries.withLock { $0.count } }
    var claims: [Claim] { entries.withLock { $0.values.map(\.claim) } }

    /// Notes a piece of work. A process that was stalled for longer than a lease may claim what it still does under
    /// an older epoch: that is stopped, and its successor begins when it has ended. Until then the successor's claim
    /// is renewed like any other, so that nobody else does the same work beside it.
    func begin(_ claim: Claim) -> Ticket {
        let number = next.add(1, ordering: .relaxed).newValue
        let (stream, stop) = AsyncStream<Void>.makeStream()
        return entries.withLock { entries in
            var predecessors: [AsyncStream<Void>] = []
            for other in entries.keys where entries[other]?.claim.isSameWork(as: claim) == true {
                let (ended, end) = AsyncStream<Void>.makeStream()
                entries[other]?.successors.append(end)
                entries[other]?.halt()
                predecessors.append(ended)
            }
            entries[number] = Entry(claim: claim, stop: stop)
            return Ticket(number: number, stopped: stream, predecessors: predecessors)
        }
    }

    func end(_ ticket: Ticket) {
        let entry = entries.withLock { $0.removeValue(forKey: ticket.number) }
        for successor in entry?.successors ?? [] { successor.finish() }
    }

    func isStopped(_ ticket: Ticket) -> Bool {
        entries.withLock { $0[ticket.number]?.isStopped ?? true }
    }

    func stop(_ claims: [Claim]) {
        entries.withLock { entries in
            for number in entries.keys where entries[number].map({ claims.contains($0.claim) }) == true {
                entries[number]?.halt()
            }
        }
    }

    func stopAll() {
        entries.withLock { entries in
            for number in entries.keys { entries[number]?.halt() }
        }
    }
}

extension Claim {
    func isSameWork(as other: Claim) -> Bool {
        saga == other.saga && step == other.step && kind == other.kind
    }
}
