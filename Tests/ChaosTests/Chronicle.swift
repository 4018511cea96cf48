import Synchronization

/// Everything that the test did and saw, to be compared with the store's journal afterwards.
final class Chronicle: Sendable {
    /// A call as the effects server saw it.
    struct Call: Sendable {
        var key: String
        var attempt: Int
        var executor: String
        var began: Int64
        var ended: Int64?
        var status: Int?
    }

    struct Pause: Sendable {
        var executor: String
        var from: Int64
        var to: Int64
    }

    struct Records: Sendable {
        var calls: [Call] = []
        var kills: [String: Int64] = [:]
        var pauses: [Pause] = []
        /// Ends of processes that nobody had asked for, and what else must not happen.
        var surprises: [String] = []
        /// Facts that a receiver answered with 200 or 202: pipeline number, workflow, state.
        var accepted: Set<String> = []
        var sent = 0, answered = 0, dropped = 0, doubled = 0, early = 0
        var started = 0, replayed = 0, cancelled = 0
        /// The exit codes of plugins that came to their end by themselves, by idempotency key.
        var exits: [String: Int] = [:]
    }

    private let records = Mutex(Records())

    var all: Records { records.withLock { $0 } }

    func note(_ change: (inout Records) -> Void) {
        records.withLock { change(&$0) }
    }

    /// Counts a call; the number is its place in the list.
    func begin(_ call: Call) -> Int {
        records.withLock { records in
            records.calls.append(call)
            return records.calls.count - 1
        }
    }

    /// The executors that wait for an answer now.
    var callers: Set<String> {
        records.withLock { Set($0.calls.filter { $0.ended == nil }.map(\.executor)) }
    }

    func end(_ call: Int, status: Int?) {
        records.withLock { records in
            records.calls[call].ended = Wall.now
            records.calls[call].status = status
        }
    }
}
