import SagaCore

/// Small definitions, as a user would write them.
enum Definitions {
    static func shell(_ name: String, _ command: String, _ more: JSONValue = [:]) -> JSONValue {
        step(name, "shell", ["command": .string(command)], more)
    }

    /// A shell step that writes its name into a file and ends with that exit code; tried once.
    static func noting(_ name: String, in log: String, exit code: Int = 0, _ more: JSONValue = [:]) -> JSONValue {
        var members = more.objectValue ?? [:]
        members["retry_policy"] = members["retry_policy"] ?? ["max_attempts": 1]
        return shell(name, "echo \(name) >> \(log); exit \(code)", .object(members))
    }

    static func api(_ name: String, _ config: JSONValue, _ more: JSONValue = [:]) -> JSONValue {
        step(name, "api", config, more)
    }

    static func approval(_ name: String, _ config: JSONValue = [:], _ more: JSONValue = [:]) -> JSONValue {
        step(name, "approval", config, more)
    }

    static func step(_ name: String, _ action: String, _ config: JSONValue, _ more: JSONValue) -> JSONValue {
        var members = more.objectValue ?? [:]
        members["name"] = .string(name)
        members["action"] = .string(action)
        members["config"] = config
        return .object(members)
    }

    static func saga(_ name: String, _ more: JSONValue = [:], _ steps: JSONValue...) -> JSONValue {
        var members = more.objectValue ?? [:]
        members["name"] = .string(name)
        members["steps"] = .array(steps)
        return .object(members)
    }

    /// One that waits for a person until it is told otherwise.
    static let gate = saga("gate", [:], approval("gate"))
}
