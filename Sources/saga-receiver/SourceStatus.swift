import SagaCore
import Synchronization

/// How one of the ways by which news of pipelines come is doing, for the health check.
final class SourceStatus: Sendable {
    struct State {
        var name: String
        var since: Moment?
        var lastEventAt: Moment?
        var lastError: String?
        var lastErrorAt: Moment?
    }

    private let state: Mutex<State>

    /// - Parameter name: `off`, `open`, `connecting`, `connected` or `disconnected`.
    init(_ name: String) {
        state = Mutex(State(name: name))
    }

    var current: State { state.withLock { $0 } }

    func became(_ name: String, at now: Moment) {
        state.withLock { ($0.name, $0.since) = (name, now) }
    }

    func heard(at now: Moment) {
        state.withLock { $0.lastEventAt = now }
    }

    func failed(_ error: String, at now: Moment) {
        state.withLock { ($0.lastError, $0.lastErrorAt) = (error, now) }
    }

    /// - Parameter more: further members.
    func json(_ more: [String: JSONValue] = [:]) -> JSONValue {
        let state = current
        let members: [String: JSONValue] = [
            "state": .string(state.name), "since": .time(state.since), "last_event_at": .time(state.lastEventAt),
            "last_error": state.lastError.map { .string($0) } ?? .null, "last_error_at": .time(state.lastErrorAt),
        ]
        return .object(members.merging(more) { $1 })
    }
}

extension JSONValue {
    static func time(_ moment: Moment?) -> JSONValue {
        moment.map { .string($0.description) } ?? .null
    }
}
