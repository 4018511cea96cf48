import SagaClient
import SagaCore

/// What `doctor` found out about one thing.
struct Check: Hashable, Sendable {
    enum State: String, Hashable, Sendable {
        case ok, warn, fail
    }

    var name: String
    var state: State
    var message: String
    /// What to do about it; nil where it is well.
    var cure: String?

    static func ok(_ name: String, _ message: String) -> Check {
        Check(name: name, state: .ok, message: message)
    }

    static func warn(_ name: String, _ message: String, cure: String) -> Check {
        Check(name: name, state: .warn, message: message, cure: cure)
    }

    static func fail(_ name: String, _ message: String, cure: String) -> Check {
        Check(name: name, state: .fail, message: message, cure: cure)
    }

    var json: JSONValue {
        [
            "name": .string(name), "state": .string(state.rawValue), "message": .string(message),
            "cure": cure.map(JSONValue.string) ?? .null,
        ]
    }

    var line: String {
        TextTable.padded(state.rawValue, to: 6) + TextTable.padded(name, to: 12) + SagaText.oneLine(message, limit: 400)
            + (cure.map { " -> " + $0 } ?? "")
    }
}
