import SagaCore

/// What the templates at one place may speak of.
struct TemplateScope {
    /// `config`, `when` or `concurrency.key`, for messages.
    var kind: String
    var variables: Set<String>
    /// Nil outside a step.
    var step: Int?
    /// The steps whose outputs are known; nil where that cannot be told.
    var known: Set<Int>?
    /// Steps that may be undone without having an output.
    var uncertain: Set<Int> = []
}

extension Checker {
    mutating func checkTemplates(_ root: Located, _ outline: Outline, _ graph: StepGraph) {
        if let key = root["concurrency"]?["key"] {
            let scope = TemplateScope(kind: "concurrency.key", variables: outline.variables)
            checkTemplates(key, at: "concurrency.key", scope, outline)
        }
        for (number, step) in outline.steps.enumerated() {
            if let when = step.node["when"] {
                let path = JSONValue.path(step.path, "when")
                for member in when.members ?? [] where !outline.variables.contains(member.key) {
                    guard Names.isVariable(member.key) else { continue }
                    unknownVariable(member.key, member.place, JSONValue.path(path, member.key), outline, prefix: "")
                }
                checkTemplates(
                    when, at: path, TemplateScope(kind: "when", variables: outline.variables), outline)
            }
            guard let config = step.node["config"] else { continue }
            var scope = TemplateScope(kind: "config", variables: outline.variables, step: number)
            if let undone = outline.undoes[number] {
                scope.known = graph.before[undone].map { $0.union([undone]) }
                let isAttempted = outline.steps[undone].node["compensate_if"]?.string
                if isAttempted == StepDefinition.CompensateIf.attempted.rawValue { scope.uncertain = [undone] }
            } else {
                scope.known = graph.before[number]
            }
            let path = JSONValue.path(step.path, "config")
            checkTemplates(config, at: path, scope, outline)
            if step.action == .shell { warnOfUnquoted(config["command"], at: JSONValue.path(path, "command")) }
        }
        for member in root["vars"]?.members ?? [] { warnAboutVariable(member, outline) }
    }

    private mutating func checkTemplates(
        _ node: Located, at path: String, _ scope: TemplateScope, _ outline: Outline
    ) {
        for (index, item) in (node.items ?? []).enumerated() {
            checkTemplates(item, at: JSONValue.path(path, index), scope, outline)
        }
        for member in node.members ?? [] {
            checkTemplates(member.value, at: JSONValue.path(path, member.key), scope, outline)
        }
        guard let text = node.string, Template.isIn(text) else { return }
        let (template, problems) = Template.read(text)
        let places = source.places(in: text, at: node.place)
        for problem in problems {
            let near = near(problem.unknown, among: problem.known)
            error(problem.message, places.place(of: problem.offset), path, suggestion: near)
        }
        for expression in template.expressions {
            guard let reference = expression.reference else { continue }
            let place = places.place(of: expression.offset)
            check(reference, hasDefault: expression.hasDefault, place, path, scope, outline)
        }
    }

    private mutating func check(
        _ reference: Template.Reference, hasDefault: Bool, _ place: Located.Place, _ path: String,
        _ scope: TemplateScope, _ outline: Outline
    ) {
        switch reference {
        case .variable(let name, _):
            guard !scope.variables.contains(name) else { return }
            unknownVariable(name, place, path, outline, prefix: "vars.")
        case .output(let name, _):
            guard let user = scope.step else { return notAllowed(reference, place, path, scope) }
            checkOutput(of: name, for: user, hasDefault: hasDefault, place, path, scope, outline)
        case .step, .secret:
            if scope.step == nil { notAllowed(reference, place, path, scope) }
        case .saga, .ci:
            break
        }
    }

    private mutating func notAllowed(
        _ reference: Template.Reference, _ place: Located.Place, _ path: String, _ scope: TemplateScope
    ) {
        error(
            "'\(reference)' cannot be known in \(scope.kind): only vars, saga and ci can", place, path)
    }

    private mutating func unknownVariable(
        _ name: String, _ place: Located.Place, _ path: String, _ outline: Outline, prefix: String
    ) {
        let near = near(name, among: outline.variables.sorted()).map { prefix + $0 }
        error("unknown variable '\(name)'", place, path, suggestion: near)
    }

    private mutating func checkOutput(
        of name: String, for user: Int, hasDefault: Bool, _ place: Located.Place, _ path: String,
        _ scope: TemplateScope, _ outline: Outline
    ) {
        let subject = "outputs.\(name)"
        guard let other = outline.index[name] else {
            guard !outline.hasUnreadableNames else { return }
            let known = (scope.known ?? []).sorted().compactMap { outline.steps[$0].name }
            let near = near(name, among: known) ?? near(name, among: outline.names(except: user, withUndos: false))
            error(
                "'\(subject)': there is no step '\(name)'", place, path, suggestion: near.map { "outputs." + $0 })
            return
        }
        if other == user {
            error("'\(subject)': a step cannot use its own outputs", place, path)
        } else if let undone = outline.undoes[other] {
            let undoneName = outline.steps[undone].name ?? ""
            error("'\(subject)' cannot be known here: '\(name)' only runs to undo '\(undoneName)'", place, path)
        } else if let known = scope.known, !known.contains(other) {
            if let undone = outline.undoes[user] {
                let undoneName = outline.steps[undone].name ?? ""
                error(
                    "'\(subject)' cannot be known here: '\(undoneName)', which this step undoes, does not depend on "
                        + "'\(name)'", place, path)
            } else {
                error("'\(subject)' cannot be known here: add '\(name)' to 'depends_on'", place, path)
            }
        } else if scope.uncertain.contains(other), !hasDefault {
            warn(
                "'\(subject)' may be missing, since '\(name)' is also undone when it was only attempted; "
                    + "add a default", place, path)
        }
    }

    private mutating func warnOfUnquoted(_ command: Located?, at path: String) {
        guard let command, let text = command.string, Template.isIn(text) else { return }
        let places = source.places(in: text, at: command.place)
        for expression in Template.read(text).template.expressions {
            guard expression.reference != nil, expression.filters.last != .sh else { continue }
            let place = places.place(of: expression.offset)
            warn("'{{ \(expression.path) }}' in a shell command without '| sh' is open to injection", place, path)
        }
    }

    private mutating func warnAboutVariable(_ member: Located.Member, _ outline: Outline) {
        let path = JSONValue.path("vars", member.key)
        switch member.value.value {
        case .string(let text) where Template.isIn(text):
            warn("templates do not work in 'vars': the text is used as it is", member.value.place, path)
        case .int, .double:
            guard let raw = member.value.raw, raw != member.value.json.text else { return }
            warn(
                "\(raw) is the number \(member.value.json.text); put it in quotes if it is text", member.value.place,
                path)
        case .null, .bool, .string, .array, .object:
            break
        }
    }
}
