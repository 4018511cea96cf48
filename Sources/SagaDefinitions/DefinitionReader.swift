package import SagaCore

/// Reads definitions: YAML 1.2 or JSON in, a sound `Definition` or every problem out.
package enum DefinitionReader {
    /// In bytes of UTF-8.
    package static let largestText = 256 * 1024
    package static let mostSteps = 500

    /// As `read(_:)` for bytes that may not be UTF-8.
    package static func read(bytes: [UInt8]) throws(DefinitionProblems) -> CheckedDefinition {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let good = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\u{FFFD}" }
            let lines = good.split(separator: "\n", omittingEmptySubsequences: false)
            throw refusal(
                "a definition is UTF-8 text, and this is not", line: lines.count,
                column: (lines.last?.unicodeScalars.count ?? 0) + 1)
        }
        return try read(text)
    }

    package static func read(_ text: String) throws(DefinitionProblems) -> CheckedDefinition {
        guard text.utf8.count <= largestText else {
            throw refusal(
                "a definition is at most \(largestText / 1024) KiB long, and this has \(text.utf8.count) bytes")
        }
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        let (root, problems) = parse(text)
        guard let root else {
            throw DefinitionProblems(
                problems: problems.isEmpty ? refusal("the definition is empty").problems : problems, warnings: [])
        }
        var checker = Checker(source: SourceLines(text))
        let definition = checker.definition(root)
        let errors = sorted(problems + checker.errors)
        let warnings = sorted(checker.warnings)
        guard errors.isEmpty, let definition else {
            throw DefinitionProblems(
                problems: errors.isEmpty ? refusal("the definition is empty").problems : errors, warnings: warnings)
        }
        return CheckedDefinition(definition: definition, warnings: warnings)
    }

    /// The text as data, unchecked; nil where it is neither YAML nor JSON.
    package static func json(_ text: String) -> JSONValue? {
        text.utf8.count > largestText ? nil : parse(text).0?.json
    }

    private static func refusal(_ message: String, line: Int = 1, column: Int = 1) -> DefinitionProblems {
        DefinitionProblems(problems: [Problem(message, line: line, column: column, path: "")], warnings: [])
    }

    /// JSON where it looks like it. What starts with a brace may still be YAML, whose own problem is then the better.
    private static func parse(_ text: String) -> (Located?, [Problem]) {
        let start = text.unicodeScalars.drop { $0.properties.isWhitespace }
        guard start.first == "{" else { return yaml(text) }
        let json = LocatedJSON.read(text)
        if json.value != nil { return json }
        let yaml = yaml(text)
        if yaml.0 != nil { return yaml }
        let isMeantAsJSON = start.dropFirst().first { !$0.properties.isWhitespace } == "\""
        return isMeantAsJSON ? json : yaml
    }

    private static func yaml(_ text: String) -> (Located?, [Problem]) {
        let (value, problems) = LocatedYAML.read(text)
        guard let value, value.isNull, problems.isEmpty else { return (value, problems) }
        return (nil, [])
    }

    private static func sorted(_ problems: [Problem]) -> [Problem] {
        var seen: Set<Problem> = []
        return problems.enumerated().filter { seen.insert($0.element).inserted }
            .sorted {
                ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
            }
            .map(\.element)
    }
}

extension Checker {
    /// Nil where something is wrong, all of which is then in `errors`.
    mutating func definition(_ root: Located) -> Definition? {
        check(root, .object(.saga), at: "")
        let outline = Outline(root)
        guard root.members != nil else { return nil }
        if let steps = root["steps"]?.items {
            if steps.isEmpty, let member = root.member("steps") {
                error("at least one step is needed", member.place, "steps")
            }
            guard steps.count <= DefinitionReader.mostSteps else {
                let first = steps[DefinitionReader.mostSteps]
                error(
                    "at most \(DefinitionReader.mostSteps) steps, not \(steps.count)", first.place,
                    JSONValue.path("steps", DefinitionReader.mostSteps))
                return nil
            }
        }
        checkSteps(outline)
        let graph = checkGraph(outline)
        checkTemplates(root, outline, graph)
        checkPivots(outline, graph)
        return errors.isEmpty ? Definition(root, outline) : nil
    }
}
