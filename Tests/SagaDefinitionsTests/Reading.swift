import SagaDefinitions

/// The problems of a text, none where it is sound.
func problems(_ text: String) -> [Problem] {
    do throws(DefinitionProblems) {
        _ = try DefinitionReader.read(text)
        return []
    } catch {
        return error.problems
    }
}

/// The warnings of a text, sound or not.
func warnings(_ text: String) -> [Problem] {
    do throws(DefinitionProblems) {
        return try DefinitionReader.read(text).warnings
    } catch {
        return error.warnings
    }
}

/// `line:column path: message` and, where there is one, ` → suggestion`.
func lines(_ problems: [Problem]) -> [String] {
    problems.map { "\($0.line):\($0.column) \($0.path): \($0.message)" + ($0.suggestion.map { " → \($0)" } ?? "") }
}
