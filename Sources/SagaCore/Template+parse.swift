/// Reads templates by hand: the grammar is small, and the messages are the product's front door.
struct TemplateParser {
    private let scalars: [Unicode.Scalar]
    private var at = 0
    private var parts: [Template.Part] = []
    private var text = String.UnicodeScalarView()

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func read() -> (template: Template, problems: [TemplateProblem]) {
        var problems: [TemplateProblem] = []
        while at < scalars.count {
            guard isAhead("{{") else {
                text.append(scalars[at])
                at += 1
                continue
            }
            endText()
            let start = at
            do throws(TemplateProblem) {
                parts.append(.expression(try expression()))
            } catch {
                problems.append(error)
                skipExpression(from: start)
            }
        }
        endText()
        return (Template(parts: parts), problems)
    }

    private mutating func endText() {
        if !text.isEmpty { parts.append(.text(String(text))) }
        text.removeAll()
    }

    /// After a problem reading goes on behind the next `}}`, so that one mistake is one problem.
    private mutating func skipExpression(from start: Int) {
        at = max(at, start + 2)
        while at < scalars.count, !isAhead("}}") { at += 1 }
        at = min(at + 2, scalars.count)
    }

    private mutating func expression() throws(TemplateProblem) -> Template.Expression {
        let start = at
        at += 2
        skipSpace()
        let source: Template.Source
        if let quoted = try quotedText() { source = .literal(quoted) } else { source = .reference(try reference()) }
        var filters: [TemplateFilter] = []
        skipSpace()
        while take("|") {
            filters.append(try filter())
            skipSpace()
        }
        guard isAhead("}}") else {
            throw at < scalars.count
                ? TemplateProblem("'\(scalars[at])' was not expected in a template", offset: at)
                : TemplateProblem("'{{' without '}}'", offset: start)
        }
        at += 2
        return Template.Expression(source: source, filters: filters, offset: start)
    }

    private mutating func reference() throws(TemplateProblem) -> Template.Reference {
        let start = at
        let word = name()
        guard !word.isEmpty else {
            throw TemplateProblem(
                "a path such as vars.NAME or outputs.STEP.key was expected (two braces as plain text: {{ \"{{\" }})",
                offset: start)
        }
        guard let root = Template.Reference.Root(rawValue: word) else {
            throw TemplateProblem(
                "unknown path '\(word)'", offset: start, unknown: word,
                known: Template.Reference.Root.allCases.map(\.rawValue))
        }
        guard take(".") else { throw TemplateProblem("'\(word)' must be followed by '.' and a name", offset: at) }
        let nameStart = at
        let first = name()
        guard !first.isEmpty else { throw TemplateProblem("a name was expected after '\(word).'", offset: at) }
        let keys = try keys()
        switch root {
        case .vars: return .variable(first, keys)
        case .outputs: return .output(step: first, keys)
        case .saga, .step, .ci, .secrets:
            guard keys.isEmpty else {
                throw TemplateProblem("'\(word).\(first)' is text and has no members", offset: nameStart)
            }
        }
        func unknown(_ known: [String]) -> TemplateProblem {
            TemplateProblem("unknown path '\(word).\(first)'", offset: nameStart, unknown: first, known: known)
        }
        if root == .saga {
            guard let field = Template.SagaField(rawValue: first) else {
                throw unknown(Template.SagaField.allCases.map(\.rawValue))
            }
            return .saga(field)
        }
        if root == .step {
            guard let field = Template.StepField(rawValue: first) else {
                throw unknown(Template.StepField.allCases.map(\.rawValue))
            }
            return .step(field)
        }
        if root == .secrets { return .secret(first) }
        guard first.hasPrefix("CI_") else {
            throw TemplateProblem(
                "'ci.\(first)': only variables whose names start with CI_ are kept", offset: nameStart)
        }
        return .ci(first)
    }

    private mutating func keys() throws(TemplateProblem) -> [Template.Key] {
        var keys: [Template.Key] = []
        while true {
            if take(".") {
                let key = name()
                guard !key.isEmpty else { throw TemplateProblem("a name was expected after '.'", offset: at) }
                keys.append(.member(key))
            } else if take("[") {
                skipSpace()
                let start = at
                if let key = try quotedText() {
                    keys.append(.member(key))
                } else {
                    let digits = name()
                    guard let index = Int(digits), index >= 0 else {
                        throw TemplateProblem("a number or a quoted name was expected after '['", offset: start)
                    }
                    keys.append(.index(index))
                }
                skipSpace()
                guard take("]") else { throw TemplateProblem("']' was expected", offset: at) }
            } else {
                return keys
            }
        }
    }

    private mutating func filter() throws(TemplateProblem) -> TemplateFilter {
        skipSpace()
        let start = at
        let word = name()
        guard !word.isEmpty else { throw TemplateProblem("the name of a filter was expected after '|'", offset: at) }
        guard let kind = TemplateFilter.Name(rawValue: word) else {
            throw TemplateProblem(
                "unknown filter '\(word)'", offset: start, unknown: word,
                known: TemplateFilter.Name.allCases.map(\.rawValue))
        }
        skipSpace()
        guard kind == .default else {
            if take("(") { throw TemplateProblem("filter '\(word)' takes no argument", offset: start) }
            switch kind {
            case .json, .default: return .json
            case .url: return .url
            case .sh: return .sh
            }
        }
        guard take("(") else { throw TemplateProblem("write default(\"text\")", offset: start) }
        skipSpace()
        let value = try argument()
        skipSpace()
        guard take(")") else { throw TemplateProblem("')' was expected", offset: at) }
        return .standard(value)
    }

    /// A quoted text, or a number, `true`, `false` or `null`.
    private mutating func argument() throws(TemplateProblem) -> JSONValue {
        if let text = try quotedText() { return .string(text) }
        let start = at
        while at < scalars.count, Self.isName(scalars[at]) || scalars[at] == "." || scalars[at] == "+" { at += 1 }
        do throws(JSONValue.Unreadable) {
            return try JSONValue(parsing: String(String.UnicodeScalarView(scalars[start..<at])))
        } catch {
            throw TemplateProblem("write default(\"text\")", offset: start)
        }
    }

    /// Nil where no quote stands; inside, a backslash keeps the next character from ending the text.
    private mutating func quotedText() throws(TemplateProblem) -> String? {
        let start = at
        guard at < scalars.count, scalars[at] == "\"" || scalars[at] == "'" else { return nil }
        let quote = scalars[at]
        at += 1
        var out = String.UnicodeScalarView()
        while at < scalars.count, scalars[at] != quote {
            if scalars[at] == "\\", at + 1 < scalars.count {
                at += 1
                switch scalars[at] {
                case "n": out.append("\n")
                case "t": out.append("\t")
                case let other: out.append(other)
                }
            } else {
                out.append(scalars[at])
            }
            at += 1
        }
        guard at < scalars.count else { throw TemplateProblem("a quoted text does not end", offset: start) }
        at += 1
        return String(out)
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    private mutating func name() -> String {
        let start = at
        while at < scalars.count, Self.isName(scalars[at]) { at += 1 }
        return String(String.UnicodeScalarView(scalars[start..<at]))
    }

    private mutating func skipSpace() {
        while at < scalars.count, [" ", "\t", "\n", "\r"].contains(scalars[at]) { at += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard at < scalars.count, scalars[at] == scalar else { return false }
        at += 1
        return true
    }

    private func isAhead(_ text: String) -> Bool {
        scalars[at...].starts(with: text.unicodeScalars)
    }
}
