import Glibc
import SagaClient
import SagaCore
import SagaDefinitions

/// The definition that the setting `saga` gives or names.
struct DefinitionSource {
    /// As it was given; it is pinned to the saga like that.
    let text: String
    /// What its problems are prefixed with.
    let file: String

    /// A text with a line break, or one that starts like JSON or a flow mapping, is the definition itself.
    init(_ setting: String, in surroundings: Surroundings) throws(Ending) {
        if setting.contains(where: \.isNewline) || setting.hasPrefix("{") {
            (text, file) = (setting, "saga")
            return
        }
        let path = surroundings.path(setting)
        guard let bytes = Self.contents(of: path) else {
            throw Ending(
                .misuse,
                "the definition \(path) cannot be read: \(String(cString: strerror(errno))); "
                    + "the setting 'saga' is a path in the workspace, or the definition itself")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Ending(.misuse, "the definition \(path) is not UTF-8 text")
        }
        (self.text, file) = (text, setting)
    }

    /// - Throws: `DefinitionProblems`
    func read() throws(DefinitionProblems) -> CheckedDefinition {
        try DefinitionReader.read(text)
    }

    /// The problems as lines, errors first.
    func lines(_ problems: DefinitionProblems) -> [String] {
        problems.problems.map { SagaText.problem($0.json, in: file) } + lines(ofWarnings: problems.warnings)
    }

    func lines(ofWarnings warnings: [Problem]) -> [String] {
        warnings.map { SagaText.problem($0.json, in: file).replacing(file + ":", with: "warning: " + file + ":") }
    }

    /// Nil with `errno` set. Reads a little more than a definition may have, so that one too long is told as such.
    private static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: DefinitionReader.largestText + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { return nil }
        return Array(bytes[..<count])
    }
}
