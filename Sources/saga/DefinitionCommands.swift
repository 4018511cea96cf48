import ArgumentParser
import Glibc
import SagaClient
import SagaCore
import SagaDefinitions
import Telemetry

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check a definition and print every problem; exit 1 if it has any.")

    @Argument(help: "The definition, or - for standard input.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let bytes = try DefinitionFile.contents(of: file)
        let problems: [Problem]
        let warnings: [Problem]
        do {
            (problems, warnings) = ([], try DefinitionReader.read(bytes: bytes).warnings)
        } catch {
            (problems, warnings) = (error.problems, error.warnings)
        }
        switch output.output {
        case .json:
            let json: JSONValue = [
                "valid": .bool(problems.isEmpty), "errors": .array(problems.map(\.json)),
                "warnings": .array(warnings.map(\.json)),
            ]
            StandardStreams.output(json.prettyJSON)
        case .text:
            for problem in problems { StandardStreams.output(SagaText.problem(problem.json, in: file)) }
            for warning in warnings { StandardStreams.output("warning: " + SagaText.problem(warning.json, in: file)) }
            if problems.isEmpty { StandardStreams.output("\(file) is valid") }
        }
        if !problems.isEmpty { throw Ending(.failed) }
    }
}

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show the order of a definition's steps, and what each failure would undo.")

    @Argument(help: "The definition, or - for standard input.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let checked = try DefinitionFile.checked(file)
        let plan = Plan(checked.definition, warnings: checked.warnings)
        switch output.output {
        case .json: StandardStreams.output(plan.json.prettyJSON)
        case .text: show(plan)
        }
    }

    private func show(_ plan: Plan) {
        for (number, wave) in plan.order.enumerated() {
            StandardStreams.output("\(number + 1). " + wave.joined(separator: ", "))
        }
        StandardStreams.output("")
        for line in RollbackMatrix(plan).lines { StandardStreams.output(line) }
        for warning in plan.warnings { StandardStreams.output("warning: " + SagaText.problem(warning.json, in: file)) }
    }
}

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of definitions, for editors.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        StandardStreams.output(DefinitionSchema.json.prettyJSON)
    }
}

enum DefinitionFile {
    /// - Throws: `Ending` with every problem.
    static func checked(_ path: String) throws -> CheckedDefinition {
        let bytes = try contents(of: path)
        do throws(DefinitionProblems) {
            return try DefinitionReader.read(bytes: bytes)
        } catch {
            throw Ending(.misuse, lines: error.problems.map { SagaText.problem($0.json, in: path) })
        }
    }

    static func contents(of path: String) throws -> [UInt8] {
        guard let file = fopen(path == "-" ? "/dev/stdin" : path, "r") else { throw unreadable(path) }
        defer { fclose(file) }
        // A little more than a definition may have, so that one too long is told as such.
        var bytes = [UInt8](repeating: 0, count: DefinitionReader.largestText + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw unreadable(path) }
        return Array(bytes[..<count])
    }

    private static func unreadable(_ path: String) -> Ending {
        Ending(.misuse, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
}
