import SagaCore

/// A step's configuration with its templates rendered: what the definition could not check, because a template
/// stood there, is checked here.
struct StepConfig {
    let json: JSONValue

    init(_ json: JSONValue) {
        self.json = json
    }

    func value(_ key: String) -> JSONValue? {
        json[key].flatMap { $0.isNull ? nil : $0 }
    }

    private func wrong(_ key: String, _ expected: String) -> Failure {
        Failure(.permanent, "config.\(key) must be \(expected)")
    }

    /// Scalars read as text, since a template may have brought a number.
    func text(_ key: String) throws(Failure) -> String? {
        guard let value = value(key) else { return nil }
        switch value {
        case .string, .int, .double, .bool: return value.text
        case .null, .array, .object: throw wrong(key, "a text")
        }
    }

    func texts(_ key: String) throws(Failure) -> [String]? {
        guard let value = value(key) else { return nil }
        if case .array(let items) = value { return items.map(\.text) }
        if case .object = value { throw wrong(key, "a list of texts") }
        return [value.text]
    }

    func textMap(_ key: String) throws(Failure) -> [String: String] {
        guard let value = value(key) else { return [:] }
        guard let members = value.objectValue else { throw wrong(key, "a map") }
        return members.filter { !$0.value.isNull }.mapValues(\.text)
    }

    func number(_ key: String) throws(Failure) -> Int64? {
        guard let value = value(key) else { return nil }
        guard let number = value.intValue ?? value.stringValue.flatMap({ Int64($0) }) else {
            throw wrong(key, "a whole number, not '\(value.text)'")
        }
        return number
    }

    func flag(_ key: String) throws(Failure) -> Bool? {
        guard let value = value(key) else { return nil }
        switch value.text {
        case "true": return true
        case "false": return false
        default: throw wrong(key, "true or false")
        }
    }

    func duration(_ key: String) throws(Failure) -> Duration? {
        guard let text = try text(key) else { return nil }
        guard let duration = GoDuration.parse(text) else {
            throw wrong(key, "a duration such as 30s or 1h30m, not '\(text)'")
        }
        return duration
    }
}
