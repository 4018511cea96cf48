package import SagaCore

/// What it takes to start a saga.
package struct StartRequest: Sendable {
    package var definition: Definition
    /// As it was given; pinned for the life of the saga.
    package var definitionText: String
    package var vars: [String: JSONValue]
    package var origin: Origin
    package var idempotencyKey: String?
    package var actor: String

    package init(
        definition: Definition, definitionText: String, vars: [String: JSONValue] = [:], origin: Origin = Origin(),
        idempotencyKey: String? = nil, actor: String
    ) {
        self.definition = definition
        self.definitionText = definitionText
        self.vars = vars
        self.origin = origin
        self.idempotencyKey = idempotencyKey
        self.actor = actor
    }
}

package enum StartResult: Hashable, Sendable {
    case created(Saga)
    /// The same key with the same content: the saga that it started before.
    case replayed(Saga)

    package var saga: Saga {
        switch self {
        case .created(let saga), .replayed(let saga): saga
        }
    }
}

/// Why a saga was not started. Nothing was stored.
package enum StartRefusal: Error, Hashable, Sendable {
    /// Each with the path of what is wrong.
    case badVars([VarProblem])
    case keyReused(saga: String)
    case concurrencyKey(String)
    case held(key: String, by: String)

    package struct VarProblem: Hashable, Sendable {
        package var path: String
        package var message: String
    }

    package var message: String {
        switch self {
        case .badVars(let problems): problems.map(\.message).joined(separator: "; ")
        case .keyReused(let saga):
            "the idempotency key was used before, with another definition or other vars, by saga \(saga); "
                + "use another key, or the same content"
        case .concurrencyKey(let why): "the concurrency key cannot be made: \(why)"
        case .held(let key, let holder):
            "the concurrency key '\(key)' is held by saga \(holder), and the definition's policy is 'reject'"
        }
    }
}

extension StartRequest {
    /// The given variables over the defaults; unknown and missing names are all reported at once.
    func checkedVars() throws(StartRefusal) -> [String: JSONValue] {
        let known = definition.vars.map(\.name)
        var problems = vars.keys.sorted().filter { !known.contains($0) }.map {
            StartRefusal.VarProblem(
                path: "vars.\($0)",
                message: "the definition has no variable '\($0)'"
                    + (known.isEmpty ? "; it has none" : "; it has: " + known.joined(separator: ", ")))
        }
        var values: [String: JSONValue] = [:]
        for variable in definition.vars {
            if let value = vars[variable.name] ?? variable.standard, !value.isNull {
                values[variable.name] = value
            } else {
                let isNull = vars[variable.name]?.isNull == true
                let why =
                    isNull && variable.standard != nil
                    ? "was given as null, which is no value; leave it out for its default"
                    : "has no default and was " + (isNull ? "given as null, which is no value" : "not given")
                problems.append(.init(path: "vars.\(variable.name)", message: "variable '\(variable.name)' \(why)"))
            }
        }
        guard problems.isEmpty else { throw .badVars(problems) }
        return values
    }
}
