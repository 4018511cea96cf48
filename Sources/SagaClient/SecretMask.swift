package import SagaCore

/// Hides what is probably secret from JSON that leaves the house: values under telling names, the same values
/// wherever else they turn up, and credentials in URLs and command lines.
package struct SecretMask: Sendable {
    package static let mask = "***"

    private static let words = [
        "token", "secret", "password", "passwd", "passphrase", "authorization", "credential", "apikey", "privatekey",
        "accesskey", "cookie",
    ]
    /// Shorter ones are in half of every text.
    private static let shortest = 6

    /// Longest first, so that one that contains another is hidden whole.
    private let values: [String]

    /// - Parameter json: where the secrets are told by their names.
    package init(for json: JSONValue) {
        var found: Set<String> = []
        Self.collect(json, isSecret: false, &found)
        values = found.sorted { ($0.count, $0) > ($1.count, $1) }
    }

    package func masked(_ json: JSONValue) -> JSONValue {
        switch json {
        case .string(let text): return .string(masked(text))
        case .array(let items): return .array(items.map(masked))
        case .object(let members):
            return .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { key, value in
                        (key, Self.hides(key, in: members) && !value.isNull ? .string(Self.mask) : masked(value))
                    }))
        default: return json
        }
    }

    package func masked(_ text: String) -> String {
        var text = text
        for value in values { text = text.replacing(value, with: Self.mask) }
        text = text.replacing(/:\/\/[^\/\s@"']+@/) { _ in "://\(Self.mask)@" }
        text = text.replacing(/(?i)\b(bearer|basic)\s+[a-z0-9._~+\/=-]{6,}/) { "\($0.output.1) \(Self.mask)" }
        let named =
            /(?i)((?:token|secret|password|passwd|passphrase|credential|api[_-]?key|private[_-]?key|access[_-]?key)[a-z0-9_-]*["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s"'&;,]+)/
        return text.replacing(named) { "\($0.output.1)\(Self.mask)" }
    }

    private static func isTelling(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
        return words.contains { plain.contains($0) }
    }

    /// Also the value of `{name: TOKEN, value: …}`.
    private static func hides(_ key: String, in members: [String: JSONValue]) -> Bool {
        isTelling(key) || key == "value" && isTelling(members["name"]?.stringValue ?? "")
    }

    private static func collect(_ json: JSONValue, isSecret: Bool, _ found: inout Set<String>) {
        switch json {
        case .array(let items):
            for item in items { collect(item, isSecret: isSecret, &found) }
        case .object(let members):
            for (key, value) in members { collect(value, isSecret: isSecret || hides(key, in: members), &found) }
        case .null, .bool:
            break
        default:
            guard isSecret else { return }
            // Of `Bearer abc` it is the second word that turns up elsewhere; a template is no secret.
            for word in [json.text] + json.text.split(separator: " ").map(String.init)
            where word.count >= shortest && !word.contains("{{") && !["Bearer", "Basic"].contains(word) {
                found.insert(word)
            }
        }
    }
}
