/// What a caller may do; each scope includes those before it.
enum Scope: Int, Comparable, CaseIterable, Sendable {
    case read, start, operate, admin

    var name: String { "\(self)" }

    init?(name: some StringProtocol) {
        guard let scope = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = scope
    }

    static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
}

/// One entry of `SAGA_TOKENS`.
struct APIToken: Sendable {
    var name: String
    var scope: Scope
    var token: String

    /// Reads `name:scope:token,…`; what is wrong is told without the tokens.
    static func parse(_ text: String) -> (tokens: [APIToken], problems: [String]) {
        var tokens: [APIToken] = []
        var problems: [String] = []
        let entries = text.split(omittingEmptySubsequences: false) { $0 == "," || $0.isNewline }
        for (index, entry) in entries.enumerated() {
            let place = "SAGA_TOKENS: entry \(index + 1)"
            let parts = entry.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(trimmed)
            guard parts.count == 3, !parts[0].isEmpty else {
                problems.append("\(place) is not name:scope:token; write for example ci:start:TOKEN")
                continue
            }
            let scope = Scope(name: parts[1])
            if scope == nil {
                problems.append("\(place) has no known scope; use read, start, operate or admin")
            }
            if parts[2].isEmpty || parts[2].contains(where: { !$0.isASCII || $0.isWhitespace }) {
                problems.append("\(place) has an empty or unsendable token; use ASCII characters without blanks")
            }
            if tokens.contains(where: { $0.name == parts[0] }) {
                problems.append("\(place) has the name '\(parts[0])' once more; names must be unique")
            }
            if tokens.contains(where: { $0.token == parts[2] }) {
                problems.append("\(place) has the same token as another entry; give every name its own")
            }
            tokens.append(APIToken(name: parts[0], scope: scope ?? .read, token: parts[2]))
        }
        return (tokens, problems)
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
