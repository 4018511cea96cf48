import FoundationEssentials
import Subprocess
import SystemPackage

/// The executables under test, run as a user's shell or an agent would run them.
enum Programs {
    struct Result: Sendable {
        var exitCode: Int
        var output: String
        var errors: String
    }

    /// The folder of the test bundle, where the build puts all products.
    static let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    /// Runs a program, one of the project's or one with its whole path, with nothing in its environment but what is
    /// given.
    static func run(
        _ program: String, _ arguments: [String] = [], _ environment: [String: String] = [:], in folder: String,
        input: String = ""
    ) async throws -> Result {
        let outcome = try await Subprocess.run(
            .path(FilePath(program.hasPrefix("/") ? program : Self.folder + "/" + program)),
            arguments: Arguments(arguments),
            environment: custom(environment), workingDirectory: FilePath(folder),
            input: .string(input), output: .string(limit: 4 << 20), error: .string(limit: 4 << 20))
        var code = -1
        if case .exited(let status) = outcome.terminationStatus { code = Int(status) }
        return Result(
            exitCode: code, output: outcome.standardOutput, errors: outcome.standardError)
    }

    static func custom(_ environment: [String: String]) -> Environment {
        var variables: [Environment.Key: String] = ["PATH": "/usr/bin:/bin"]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        return .custom(variables)
    }

    /// A folder that is gone afterwards.
    static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saga-story-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }
}
