/// What a registry asks for in `WWW-Authenticate`, by RFC 9110 and Distribution's token specification.
package enum RegistryChallenge: Hashable, Sendable {
    case basic
    /// A token is to be fetched from `realm`.
    case bearer(realm: String, service: String?, scope: String?)

    /// The stronger of what the headers offer; nil where they offer nothing that is known here.
    package init?(_ headers: [String]) {
        let challenges = headers.compactMap(Self.read)
        let bearer = challenges.first { $0 != .basic }
        guard let best = bearer ?? challenges.first else { return nil }
        self = best
    }

    private static func read(_ header: String) -> RegistryChallenge? {
        let scheme = header.prefix { $0 != " " }.lowercased()
        if scheme == "basic" { return .basic }
        guard scheme == "bearer" else { return nil }
        let fields = fields(header.dropFirst(scheme.count))
        guard let realm = fields["realm"], !realm.isEmpty else { return nil }
        return .bearer(realm: realm, service: fields["service"], scope: fields["scope"])
    }

    /// The `name="value"` fields; commas may stand inside of values.
    private static func fields(_ text: Substring) -> [String: String] {
        var fields: [String: String] = [:]
        var rest = text
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].filter { $0 != " " && $0 != "," }.lowercased()
            rest = rest[rest.index(after: equals)...]
            guard rest.first == "\"" else { break }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: "\"") else { break }
            fields[name] = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        return fields
    }
}
