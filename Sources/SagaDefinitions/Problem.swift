package import SagaCore

/// One thing that is wrong, or questionable, in a definition, and where it stands.
package struct Problem: Hashable, Sendable {
    package var message: String
    /// From 1.
    package var line: Int
    /// From 1, in Unicode characters.
    package var column: Int
    /// The place in the definition's tree, `steps[2].config.url`; empty for the file as a whole.
    package var path: String
    /// What was probably meant.
    package var suggestion: String?

    package init(_ message: String, line: Int, column: Int, path: String, suggestion: String? = nil) {
        self.message = message
        self.line = line
        self.column = column
        self.path = path
        self.suggestion = suggestion
    }

    package var json: JSONValue {
        [
            "message": .string(message), "line": .int(Int64(line)), "column": .int(Int64(column)),
            "path": .string(path), "suggestion": suggestion.map(JSONValue.string) ?? .null,
        ]
    }

    /// One line for terminals: `12:5 steps[2].config.url: … (did you mean 'url'?)`.
    package var description: String {
        "\(line):\(column) \(path.isEmpty ? "" : path + ": ")\(message)"
            + (suggestion.map { " (did you mean '\($0)'?)" } ?? "")
    }
}

extension Problem: CustomStringConvertible {}

/// Everything that is wrong with a definition, in the order of the text.
package struct DefinitionProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty.
    package var problems: [Problem]
    /// What would have been warned about had it been sound.
    package var warnings: [Problem]

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// A sound definition and what is questionable about it.
package struct CheckedDefinition: Hashable, Sendable {
    package var definition: Definition
    package var warnings: [Problem]
}
