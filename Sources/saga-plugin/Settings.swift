import SagaCore

/// All that is wrong with the configuration, reported at once.
struct SettingsProblems: Error, Hashable {
    var problems: [String]
}

/// The settings as they were given, each checked by its kind; what is absent or empty has its default.
struct Settings: Sendable {
    private let values: [String: JSONValue]
    /// What stands in the environment, rather than being a default.
    private let given: Set<String>

    /// Reads every `PLUGIN_*` variable; one that is no setting is a problem too, since it is most likely misspelt.
    init(environment: [String: String]) throws(SettingsProblems) {
        var values: [String: JSONValue] = [:]
        var given: Set<String> = []
        var problems: [String] = []
        for setting in Setting.all {
            // Woodpecker keeps empty texts, such as `${VARIABLE}` of one that is not set: they mean "not given".
            let own = environment[setting.variable].flatMap { $0.isEmpty ? nil : $0 }
            if own != nil { given.insert(setting.name) }
            guard let text = own ?? setting.standard else { continue }
            if let value = setting.kind.read(text) {
                values[setting.name] = value
            } else {
                let shown = setting.isSecret ? "" : ", not '\(text.count > 80 ? text.prefix(80) + "…" : text)'"
                problems.append("setting '\(setting.name)' must be \(setting.kind.words)" + shown)
            }
        }
        let known = Set(Setting.all.map(\.variable))
        for variable in environment.keys.sorted() where variable.hasPrefix("PLUGIN_") && !known.contains(variable) {
            let name = variable.dropFirst("PLUGIN_".count).lowercased()
            let near = Similarity.nearest(to: name, among: Setting.all.map(\.name))
            problems.append("unknown setting '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
        }
        guard problems.isEmpty else { throw SettingsProblems(problems: problems) }
        self.values = values
        self.given = given
    }

    func text(_ setting: Setting) -> String? { values[setting.name]?.stringValue }
    func flag(_ setting: Setting) -> Bool { values[setting.name]?.boolValue ?? false }
    func number(_ setting: Setting) -> Int64? { values[setting.name]?.intValue }
    func map(_ setting: Setting) -> [String: JSONValue] { values[setting.name]?.objectValue ?? [:] }
    func list(_ setting: Setting) -> [JSONValue] { values[setting.name]?.arrayValue ?? [] }
    func isGiven(_ setting: Setting) -> Bool { values[setting.name] != nil }

    func duration(_ setting: Setting) -> Duration {
        text(setting).flatMap(GoDuration.parse) ?? .zero
    }

    /// How long to wait: for a registry, unless told otherwise, not as long as for a saga.
    var timeout: Duration {
        action == .preflight && !given.contains(Setting.timeout.name) ? .seconds(60) : duration(.timeout)
    }

    /// A choice whose words are the cases of an enum; the table names the same words, so it always is one.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ setting: Setting, or standard: Choice) -> Choice {
        text(setting).flatMap(Choice.init(rawValue:)) ?? standard
    }

    var action: Action { choice(.action, or: .start) }
    var onRestart: OnRestart { choice(.onRestart, or: .resume) }
}

extension Setting {
    /// Whether its value must never be printed.
    var isSecret: Bool { Self.secretNames.contains(name) }

    private static let secretNames: Set<String> = [
        "token", "woodpecker_token", "secrets", "registries", "password", "logins", "docker_config",
    ]
}

extension Setting.Kind {
    /// Nil where the text is no value of this kind.
    func read(_ text: String) -> JSONValue? {
        switch self {
        case .text: .string(text)
        case .choice(let words): words.contains(text) ? .string(text) : nil
        case .flag: Self.flags[text.lowercased()].map(JSONValue.bool)
        case .duration: GoDuration.parse(text) == nil ? nil : .string(text)
        case .number: Int64(text).flatMap { $0 > 0 ? .int($0) : nil }
        case .map: (try? JSONValue(parsing: text)).flatMap { $0.objectValue == nil ? nil : $0 }
        case .list: Self.list(text)
        case .maps: (try? JSONValue(parsing: text)).flatMap(Self.maps)
        }
    }

    /// An address such as `[::1]:5000` begins like JSON and is none.
    private static func list(_ text: String) -> JSONValue {
        if text.hasPrefix("["), let json = try? JSONValue(parsing: text), json.arrayValue != nil { return json }
        return .array(text.split(separator: ",").map { .string(String($0.trimmingBlanks)) })
    }

    /// A single map arrives without a list around it.
    private static func maps(_ json: JSONValue) -> JSONValue? {
        if json.objectValue != nil { return .array([json]) }
        return json.arrayValue?.allSatisfy { $0.objectValue != nil } == true ? json : nil
    }

    private static let flags = ["true": true, "1": true, "false": false, "0": false]

    var words: String {
        switch self {
        case .text: "a text"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .flag: "true or false"
        case .duration: "a duration such as 90s, 5m or 1h30m"
        case .number: "a whole number from 1"
        case .map: "a map"
        case .list: "a list"
        case .maps: "a list of maps"
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        let start = drop { $0 == " " }
        return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
    }
}

/// What somebody probably meant to write.
enum Similarity {
    /// The candidate that differs by a third of the word at most; nil where none is near.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let near = candidates.map { (name: $0, distance: distance(Array(word), Array($0))) }
            .filter { $0.distance <= max(1, min(word.count, $0.name.count) / 3) }
        return near.min { $0.distance < $1.distance }?.name
    }

    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                row.append(min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1)))
            }
            last = row
        }
        return last[b.count]
    }
}
