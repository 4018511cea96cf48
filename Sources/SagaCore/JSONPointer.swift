/// A JSON Pointer (RFC 6901): `/a/0/b`, with `~1` for a slash and `~0` for a tilde; empty is the whole value.
package struct JSONPointer: Hashable, Sendable {
    package let tokens: [String]

    package enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case noSlash
        case badEscape

        package var description: String {
            switch self {
            case .noSlash: "a JSON Pointer starts with '/', such as /data/id"
            case .badEscape: "in a JSON Pointer '~' is written ~0 and a '/' inside a name ~1"
            }
        }
    }

    package init(_ text: String) throws(Problem) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { throw .noSlash }
        var tokens: [String] = []
        for part in text.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            var token = String.UnicodeScalarView()
            var rest = part
            while let scalar = rest.popFirst() {
                guard scalar == "~" else {
                    token.append(scalar)
                    continue
                }
                switch rest.popFirst() {
                case "0": token.append("~")
                case "1": token.append("/")
                default: throw .badEscape
                }
            }
            tokens.append(String(token))
        }
        self.tokens = tokens
    }

    /// Nil where the value has nothing there.
    package func resolve(in value: JSONValue) -> JSONValue? {
        var value = value
        for token in tokens {
            let next: JSONValue?
            switch value {
            case .object(let members): next = members[token]
            case .array(let items):
                let isIndex = token == "0" || (token.first != "0" && token.utf8.allSatisfy { (48...57).contains($0) })
                next = isIndex ? Int(token).flatMap { items.indices.contains($0) ? items[$0] : nil } : nil
            case .null, .bool, .int, .double, .string: next = nil
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}
