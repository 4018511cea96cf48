import SagaCore

// The API leaves out what is empty, so a missing field and an empty one mean the same.
extension JSONValue {
    func string(_ key: String) -> String { self[key]?.stringValue ?? "" }

    /// Nil where the text is missing or empty.
    func word(_ key: String) -> String? {
        let text = string(key)
        return text.isEmpty ? nil : text
    }

    func items(_ key: String) -> [JSONValue] { self[key]?.arrayValue ?? [] }

    /// Unix seconds; 0 means "not yet".
    func moment(_ key: String) -> Moment? {
        guard let seconds = self[key]?.intValue, seconds > 0, seconds < Int64.max / 1000 else { return nil }
        return Moment(milliseconds: seconds * 1000)
    }
}
