/// A string with `{{ path | filter }}` in it, taken apart once and rendered at the moment of use.
///
/// A path is `vars.NAME`, `outputs.STEP.a.b[0]`, `saga.id`, `saga.name`, `step.name`, `step.attempt`,
/// `step.idempotency_key`, `ci.CI_X` or `secrets.NAME`; a quoted string may stand in its place, so that
/// `{{ "{{" }}` prints two braces. Members whose names hold odd characters are written `a["odd name"]`.
package struct Template: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
        case text(String)
        case expression(Expression)
    }

    package struct Expression: Hashable, Sendable {
        package var source: Source
        package var filters: [TemplateFilter]
        /// Where its `{{` stands, in Unicode scalars from the start of the string.
        package var offset: Int
    }

    package enum Source: Hashable, Sendable {
        case literal(String)
        case reference(Reference)
    }

    /// What a path names.
    package enum Reference: Hashable, Sendable {
        case variable(String, [Key])
        case output(step: String, [Key])
        case saga(SagaField)
        case step(StepField)
        case ci(String)
        case secret(String)
    }

    package enum SagaField: String, Hashable, Sendable, CaseIterable {
        case id
        case name
    }

    package enum StepField: String, Hashable, Sendable, CaseIterable {
        case name
        case attempt
        case idempotencyKey = "idempotency_key"
    }

    /// One move into a value: the member of an object or the element of a list.
    package enum Key: Hashable, Sendable {
        case member(String)
        case index(Int)
    }

    /// Neighbouring texts are joined, empty ones left out.
    package var parts: [Part]

    /// Whether a string holds a template at all; the cheap question before parsing.
    package static func isIn(_ text: String) -> Bool {
        text.utf8.count >= 2 && zip(text.utf8, text.utf8.dropFirst()).contains { $0 == 0x7B && $1 == 0x7B }
    }

    /// Throws the first thing that is wrong with it.
    package static func parse(_ text: String) throws(TemplateProblem) -> Template {
        let (template, problems) = read(text)
        if let first = problems.first { throw first }
        return template
    }

    /// As `parse`, but goes on after a problem: the expressions that can be read and everything that is wrong.
    package static func read(_ text: String) -> (template: Template, problems: [TemplateProblem]) {
        guard isIn(text) else { return (Template(parts: text.isEmpty ? [] : [.text(text)]), []) }
        var parser = TemplateParser(text)
        return parser.read()
    }

    package var expressions: [Expression] {
        parts.compactMap {
            guard case .expression(let expression) = $0 else { return nil }
            return expression
        }
    }

    package var references: [Reference] { expressions.compactMap(\.reference) }
}

extension Template.Expression {
    package var reference: Template.Reference? {
        guard case .reference(let reference) = source else { return nil }
        return reference
    }

    package var hasDefault: Bool {
        filters.contains {
            guard case .standard = $0 else { return false }
            return true
        }
    }
}

extension Template.Reference: CustomStringConvertible {
    package enum Root: String, Hashable, Sendable, CaseIterable {
        case vars
        case outputs
        case saga
        case step
        case ci
        case secrets
    }

    package var root: Root {
        switch self {
        case .variable: .vars
        case .output: .outputs
        case .saga: .saga
        case .step: .step
        case .ci: .ci
        case .secret: .secrets
        }
    }

    /// The path as one would write it.
    package var description: String {
        switch self {
        case .variable(let name, let keys): Self.path("vars." + name, keys)
        case .output(let step, let keys): Self.path("outputs." + step, keys)
        case .saga(let field): "saga." + field.rawValue
        case .step(let field): "step." + field.rawValue
        case .ci(let name): "ci." + name
        case .secret(let name): "secrets." + name
        }
    }

    private static func path(_ start: String, _ keys: [Template.Key]) -> String {
        keys.reduce(start) { path, key in
            switch key {
            case .member(let name): JSONValue.path(path, name)
            case .index(let index): JSONValue.path(path, index)
            }
        }
    }
}

/// What is wrong with a template's text.
package struct TemplateProblem: Error, Hashable, Sendable {
    package var message: String
    /// In Unicode scalars from the start of the string.
    package var offset: Int
    /// The word that was not understood, and those that would have been.
    package var unknown: String?
    package var known: [String]

    package init(_ message: String, offset: Int, unknown: String? = nil, known: [String] = []) {
        self.message = message
        self.offset = offset
        self.unknown = unknown
        self.known = known
    }
}
