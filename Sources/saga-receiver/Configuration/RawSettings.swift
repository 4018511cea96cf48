import SagaCore

/// The settings as texts, wherever they came from, with everything that is wrong or odd about that.
struct RawSettings {
    private(set) var values: [String: String] = [:]
    private(set) var problems: [String] = []
    private(set) var warnings: [String] = []

    /// - Parameter readFile: a file's text, or nil where it cannot be read.
    init(arguments: Arguments, environment: [String: String], readFile: (String) -> String?) {
        problems = arguments.problems
        let given = Set(arguments.values.keys)
        for name in Self.names(in: environment.keys) + Self.names(in: given) where values[name] == nil {
            // A flag, or the file a flag names, hides both forms of the variable.
            let isFlag = given.contains(name) || given.contains(name + "_FILE")
            read(name, from: isFlag ? arguments.values : environment, readFile)
        }
        for setting in given.compactMap(Setting.named) where setting.kind == .secret {
            guard !setting.name.hasSuffix("_FILE") else { continue }
            warnings.append(
                "\(setting.name) is on the command line, where everybody on this machine can read it; "
                    + "use the environment or \(setting.name)_FILE")
        }
        warnings += environment.keys.sorted().compactMap(Self.warning)
        warnings.sort()
    }

    private mutating func read(_ name: String, from source: [String: String], _ readFile: (String) -> String?) {
        guard let setting = Setting.named(name) else { return }
        // An empty variable is how compose files write "not set"; an empty secret is too dangerous a guess.
        let value = source[name].flatMap { $0.isEmpty && setting.kind != .secret ? nil : $0 }
        let path = source[name + "_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        switch (value, path) {
        case (nil, nil): return
        case (.some, .some):
            problems.append("\(name): both \(name) and \(name)_FILE are set; set one of them")
        case (.some(let value), nil):
            take(value, setting, from: name)
        case (nil, .some(let path)):
            guard var text = readFile(path) else {
                problems.append(
                    "\(name)_FILE: the file \(path) cannot be read; check the path and its permissions")
                return
            }
            if text.last?.isNewline == true { text.removeLast() }
            take(text, setting, from: "\(name)_FILE")
        }
    }

    private mutating func take(_ value: String, _ setting: Setting, from source: String) {
        if value.isEmpty, setting.kind == .secret {
            problems.append("\(source): it is empty; give a value, or do not set it at all")
        } else {
            values[setting.name] = value
        }
    }

    /// The settings that variables speak of, sorted.
    private static func names(in variables: some Sequence<String>) -> [String] {
        let names = variables.compactMap { variable -> String? in
            if variable.hasSuffix("_FILE"), Setting.named(String(variable.dropLast(5))) != nil {
                return String(variable.dropLast(5))
            }
            return Setting.named(variable)?.name
        }
        return Set(names).sorted()
    }

    /// A word about a variable that is probably meant for a setting, but is none.
    private static func warning(about variable: String) -> String? {
        let name = variable.hasSuffix("_FILE") ? String(variable.dropLast(5)) : variable
        guard variable.hasPrefix("SAGA_"), Setting.named(variable) == nil, Setting.named(name) == nil else {
            return nil
        }
        if let near = NearMiss.of(name, among: Setting.all.map(\.name)) {
            return "\(variable) is no setting and is ignored; did you mean \(near + variable.dropFirst(name.count))?"
        }
        guard name.hasPrefix("SAGA_WEBHOOK_") else { return nil }
        return "\(variable) is no setting and is ignored; there is no such sender, see --help"
    }
}
