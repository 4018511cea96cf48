/// One setting of the plugin: what is read, what `--help` says and what the documentation lists.
struct Setting: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text
        case choice([String])
        /// `true`, `false`, `1` or `0`.
        case flag
        /// Go syntax.
        case duration
        case number
        /// JSON, which is how a map in `settings:` arrives.
        case map
        /// Joined by commas; JSON where an entry is a secret.
        case list
        /// A list of maps, which arrives as JSON.
        case maps
    }

    let name: String
    let kind: Kind
    /// What counts where the setting is absent.
    let standard: String?
    /// The default in words, where it is not a fixed value.
    let standardInWords: String?
    let doc: String

    init(_ name: String, _ kind: Kind, _ standard: String? = nil, inWords: String? = nil, doc: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        standardInWords = inWords
        self.doc = doc
    }

    /// The environment variable that Woodpecker makes of it.
    var variable: String { "PLUGIN_" + name.uppercased() }

    /// The default as the documentation shows it; empty for none.
    var shownStandard: String {
        standardInWords ?? standard.map { "`\($0)`" } ?? ""
    }
}

enum Action: String, Hashable, Sendable, CaseIterable {
    case start, wait, notify, retry, approve, reject, cancel, preflight, validate
}

/// What becomes of the saga that the parent of a restarted pipeline had started.
enum OnRestart: String, Hashable, Sendable, CaseIterable {
    case resume, new, fail
}
