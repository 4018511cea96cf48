import SagaCore

/// The command line, taken apart: every flag is a setting, or the `_FILE` of one.
struct Arguments {
    private(set) var values: [String: String] = [:]
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false
    private(set) var problems: [String] = []

    /// - Parameter arguments: without the program's own name.
    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": wantsHelp = true
            case "--version": wantsVersion = true
            default: read(argument, &rest)
            }
        }
    }

    private mutating func read(_ argument: String, _ rest: inout ArraySlice<String>) {
        let (flag, attached) = Self.split(argument)
        guard flag.hasPrefix("--"), flag.count > 2 else {
            problems.append("'\(flag)' is no flag: settings are given as --NAME VALUE; see --help")
            return
        }
        guard let (name, kind) = Self.setting(of: flag) else {
            let near = NearMiss.of(flag, among: Setting.all.map(\.flag)).map { "did you mean \($0)? " } ?? ""
            problems.append("\(flag): there is no such setting; \(near)see --help")
            // The value of an unknown flag is no fault of its own.
            if attached == nil, let next = rest.first, !next.hasPrefix("-") { rest.removeFirst() }
            return
        }
        guard values[name] == nil else {
            problems.append("\(name): \(flag) is given twice; give it once")
            _ = Self.value(attached, kind, &rest)
            return
        }
        values[name] = Self.value(attached, kind, &rest)
        if values[name] == nil { problems.append("\(name): \(flag) needs a value; write \(flag) VALUE") }
    }

    private static func value(_ attached: String?, _ kind: Setting.Kind, _ rest: inout ArraySlice<String>) -> String? {
        if let attached { return attached }
        // Nothing but flags and their values may stand here, so a word after an on-off flag is meant as its value.
        if let next = rest.first, !next.hasPrefix("--") { return rest.removeFirst() }
        switch kind {
        case .onOff: return "true"
        case .text, .secret: return nil
        }
    }

    private static func split(_ argument: String) -> (flag: String, value: String?) {
        guard let sign = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }

    /// `--listen`, `--saga-listen`, `--listen-file`: the variable's name and how its value reads.
    private static func setting(of flag: String) -> (name: String, kind: Setting.Kind)? {
        let word = flag.dropFirst(2).uppercased().replacing("-", with: "_")
        let name = word.hasPrefix("SAGA_") ? word : "SAGA_" + word
        // A file first: `SAGA_SECRET_X_FILE` would else be taken for a secret of that name.
        if name.hasSuffix("_FILE"), Setting.named(String(name.dropLast(5))) != nil { return (name, .text) }
        return Setting.named(name).map { (name, $0.kind) }
    }
}
