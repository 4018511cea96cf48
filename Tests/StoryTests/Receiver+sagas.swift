import SagaCore
import Testing

extension Receiver {
    /// - Returns: the id of the saga.
    func start(
        _ definition: JSONValue, vars: JSONValue = [:], origin: JSONValue = [:]
    ) async throws -> String {
        let started = try await send(
            "POST", "/api/v1/sagas", ["definition": definition, "vars": vars, "origin": origin])
        try #require(started.status == 201, "\(started.text)")
        return try #require(started.json["id"]?.stringValue)
    }

    /// Starts a saga and follows it to its end.
    func run(_ definition: JSONValue, vars: JSONValue = [:], origin: JSONValue = [:]) async throws -> JSONValue {
        try await waitForEnd(of: try await start(definition, vars: vars, origin: origin))
    }

    func waitForEnd(of id: String) async throws -> JSONValue {
        try await wait(for: id, "its end") { saga in
            saga["status"]?.stringValue.flatMap(SagaStatus.init(rawValue:))?.isTerminal == true
        }
    }

    /// Follows the saga until that step waits for something outside.
    @discardableResult
    func wait(for id: String, step: String, toSay words: String) async throws -> JSONValue {
        try await wait(for: id, "\(step): \(words)") { saga in
            saga.step(step)?["waiting_for"]?.stringValue?.contains(words) == true
        }
    }

    func operate(
        _ operation: String, _ id: String, step: String? = nil, token: String? = Receiver.token,
        _ body: JSONValue = [:]
    ) async throws -> Answer {
        let path = step.map { "/steps/\($0)" } ?? ""
        return try await send("POST", "/api/v1/sagas/\(id)\(path)/\(operation)", token: token, body)
    }
}

extension JSONValue {
    func step(_ name: String) -> JSONValue? {
        self["steps"]?.arrayValue?.first { $0["name"]?.stringValue == name }
    }

    var stepStatuses: [String?] {
        self["steps"]?.arrayValue?.map { $0["status"]?.stringValue } ?? []
    }
}
