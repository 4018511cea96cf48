import SagaCore

/// Collects everything that is wrong with a definition; the files `Checker+….swift` each look at one side of it.
struct Checker {
    private(set) var errors: [Problem] = []
    private(set) var warnings: [Problem] = []
    let source: SourceLines

    init(source: SourceLines) {
        self.source = source
    }

    mutating func error(_ message: String, _ place: Located.Place, _ path: String, suggestion: String? = nil) {
        errors.append(
            Problem(message, line: place.line, column: place.column, path: path, suggestion: suggestion))
    }

    /// A suggestion, while there are few problems: looking for one costs more than all the rest.
    func near(_ word: String?, among candidates: @autoclosure () -> some Sequence<String>) -> String? {
        errors.count < 200 ? word.flatMap { NearMiss.of($0, among: candidates()) } : nil
    }

    mutating func warn(_ message: String, _ place: Located.Place, _ path: String) {
        warnings.append(Problem(message, line: place.line, column: place.column, path: path))
    }

    /// Whether the value, with all that is in it, is of the type; what is not is reported.
    @discardableResult
    mutating func check(_ node: Located, _ type: KeyType, at path: String, templates: Bool = false) -> Bool {
        if templates, let text = node.string, Template.isIn(text) { return true }
        switch type {
        case .anything, .config:
            return true
        case .list(let inner, _):
            guard let items = node.items else { return wrong(node, type, path) }
            return checkAll(items, inner, at: path, templates: templates)
        case .oneOrMany(let inner):
            guard let items = node.items else {
                guard node.members == nil, !node.isNull else { return wrong(node, type, path) }
                return check(node, inner, at: path, templates: templates)
            }
            return checkAll(items, inner, at: path, templates: templates)
        case .map(let inner, let names):
            guard let members = node.members else { return wrong(node, type, path) }
            var isSound = true
            for member in members {
                let at = JSONValue.path(path, member.key)
                if !checkKey(member, names, at: at) { isSound = false }
                if !check(member.value, inner, at: at, templates: templates) { isSound = false }
            }
            return isSound
        case .object(let table):
            return check(node, table, at: path, templates: templates)
        case .name, .text, .flag, .whole, .share, .duration, .timeout, .choice, .scalar, .url, .time, .pointer,
            .statusCode:
            return checkScalar(node, type, at: path)
        }
    }

    private mutating func checkAll(_ items: [Located], _ type: KeyType, at path: String, templates: Bool) -> Bool {
        var isSound = true
        for (index, item) in items.enumerated()
        where !check(item, type, at: JSONValue.path(path, index), templates: templates) {
            isSound = false
        }
        return isSound
    }

    private mutating func checkKey(_ member: Located.Member, _ names: KeyType.KeyNames, at path: String) -> Bool {
        switch names {
        case .any:
            return true
        case .variables:
            if Names.isVariable(member.key) { return true }
            error("a variable's name is made of letters, digits and '_', and starts with no digit", member.place, path)
        case .outputs:
            if Names.isOutput(member.key) { return true }
            error("an output's name is made of letters, digits, '_' and '-'", member.place, path)
        }
        return false
    }

    /// Always false, so that callers can return it.
    mutating func wrong(_ node: Located, _ type: KeyType, _ path: String, suggestion: String? = nil) -> Bool {
        let key = path.split(separator: ".").last.map(String.init) ?? "a definition"
        let subject = path.isEmpty ? key : "'\(key)'"
        error("\(subject) must be \(type.wanted), not \(node.shown)", node.place, path, suggestion: suggestion)
        return false
    }

    private mutating func check(_ node: Located, _ table: KeyTable, at path: String, templates: Bool) -> Bool {
        guard let members = node.members else { return wrong(node, .object(table), path) }
        let given = Set(members.map(\.key))
        var isSound = true
        for member in members {
            let at = JSONValue.path(path, member.key)
            guard let key = table[member.key] else {
                let near = near(member.key, among: table.keys.map(\.name).filter { !given.contains($0) })
                error("unknown key '\(member.key)'", member.place, at, suggestion: near)
                isSound = false
                continue
            }
            // A key without a value is as good as not written.
            if member.value.isNull, !key.isRequired { continue }
            if member.value.isNull {
                error("'\(key.name)' is required and has no value", member.place, at)
                isSound = false
            } else if !check(member.value, key.type, at: at, templates: templates) {
                isSound = false
            }
        }
        for key in table.keys where key.isRequired && !members.contains(where: { $0.key == key.name }) {
            error("'\(key.name)' is missing", node.place, JSONValue.path(path, key.name))
            isSound = false
        }
        return check(node, table.rules, at: path) && isSound
    }

    private mutating func check(_ node: Located, _ rules: [KeyRule], at path: String) -> Bool {
        let before = errors.count
        for rule in rules {
            switch rule {
            case .exactlyOne(let names):
                let given = names.filter { node[$0] != nil }
                let list = names.map { "'\($0)'" }.joined(separator: ", ")
                if given.isEmpty {
                    error("one of \(list) is required", node.place, path)
                } else if given.count > 1, let second = node.members?.last(where: { given.contains($0.key) }) {
                    error("only one of \(list) may be given", second.place, JSONValue.path(path, second.key))
                }
            case .onlyWith(let other, let names):
                for name in names where node[other] == nil {
                    guard let member = node.member(name) else { continue }
                    error("'\(name)' works only together with '\(other)'", member.place, JSONValue.path(path, name))
                }
            case .neverWith(let other, let names):
                for name in names where node[other] != nil {
                    guard let member = node.member(name) else { continue }
                    error("'\(name)' does not go together with '\(other)'", member.place, JSONValue.path(path, name))
                }
            case .anyOf(let names, let other):
                guard node[other] == nil, names.allSatisfy({ node[$0] == nil }) else { continue }
                let list = names.map { "'\($0)'" }.joined(separator: " or ")
                error("\(list) is required", node.place, path)
            }
        }
        return errors.count == before
    }
}
