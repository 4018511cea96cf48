import SagaCore
import Synchronization

/// The work that this process is doing, so that leases can be renewed, lost work stopped and deadlines kept.
final class RunningWork: Sendable {
    /// Why work has to stop.
    enum Stop: Sendable {
        case lost
        case timedOut
    }

    /// What a piece of work needs to know of itself.
    struct Ticket: Sendable {
        fileprivate let number: Int
        /// Says why the work has to stop, and ends.
        let stopped: AsyncStream<Stop>
        /// The same work under older epochs, each ending when it has.
        let predecessors: [AsyncStream<Void>]
    }

    private struct Entry {
        var claim: Claim
        var deadline: Moment?
        var stop: AsyncStream<Stop>.Continuation
        var isStopped = false
        var successors: [AsyncStream<Void>.Continuation] = []

        mutating func halt(_ why: Stop = .lost) {
            isStopped = true
            stop.yield(why)
            stop.finish()
        }
    }

    /// What a claim is about, whatever its epoch.
    private struct Work: Hashable {
        var saga: String
        var step: String
        var kind: Due.Kind

        init(_ claim: Claim) {
            saga = claim.saga
            step = claim.step
            kind = claim.kind
        }
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var numbers: [Work: [Int]] = [:]
        /// Until when whoever keeps the deadlines sleeps; nil while nothing has one.
        var nextDeadline: Moment?
    }

    private let state = Mutex(State())
    private let next = Atomic<Int>(0)
    /// Rings when a deadline comes before all that were known.
    let deadlineBell = Doorbell()

    var count: Int { state.withLock { $0.entries.count } }
    var claims: [Claim] { state.withLock { $0.entries.values.map(\.claim) } }

    /// Notes a piece of work. A process that was stalled for longer than a lease may claim what it still does under
    /// an older epoch: that is stopped, and its successor begins when it has ended. Until then the successor's claim
    /// is renewed like any other, so that nobody else does the same work beside it.
    func begin(_ claim: Claim, deadline: Moment? = nil) -> Ticket {
        let number = next.add(1, ordering: .relaxed).newValue
        let (stream, stop) = AsyncStream<Stop>.makeStream()
        let (ticket, isFirst) = state.withLock { state in
            var predecessors: [AsyncStream<Void>] = []
            for other in state.numbers[Work(claim)] ?? [] {
                let (ended, end) = AsyncStream<Void>.makeStream()
                state.entries[other]?.successors.append(end)
                state.entries[other]?.halt()
                predecessors.append(ended)
            }
            state.entries[number] = Entry(claim: claim, deadline: deadline, stop: stop)
            state.numbers[Work(claim), default: []].append(number)
            let isFirst = deadline.map { $0 < state.nextDeadline ?? Moment(milliseconds: .max) } ?? false
            if isFirst { state.nextDeadline = deadline }
            return (Ticket(number: number, stopped: stream, predecessors: predecessors), isFirst)
        }
        if isFirst { deadlineBell.ring() }
        return ticket
    }

    func end(_ ticket: Ticket) {
        let entry = state.withLock { state in
            let entry = state.entries.removeValue(forKey: ticket.number)
            if let work = entry.map({ Work($0.claim) }) {
                state.numbers[work]?.removeAll { $0 == ticket.number }
                if state.numbers[work]?.isEmpty == true { state.numbers[work] = nil }
            }
            return entry
        }
        for successor in entry?.successors ?? [] { successor.finish() }
    }

    func isStopped(_ ticket: Ticket) -> Bool {
        state.withLock { $0.entries[ticket.number]?.isStopped ?? true }
    }

    func stop(_ claims: [Claim]) {
        state.withLock { state in
            for claim in claims {
                for number in state.numbers[Work(claim)] ?? [] where state.entries[number]?.claim == claim {
                    state.entries[number]?.halt()
                }
            }
        }
    }

    func stopAll() {
        state.withLock { state in
            for number in state.entries.keys { state.entries[number]?.halt() }
        }
    }

    /// Stops what is out of time.
    ///
    /// - Returns: the next deadline.
    func keepDeadlines(_ now: Moment) -> Moment? {
        state.withLock { state in
            var next: Moment?
            for (number, entry) in state.entries where !entry.isStopped {
                guard let deadline = entry.deadline else { continue }
                if deadline <= now {
                    state.entries[number]?.halt(.timedOut)
                } else {
                    next = min(deadline, next ?? deadline)
                }
            }
            state.nextDeadline = next
            return next
        }
    }
}
