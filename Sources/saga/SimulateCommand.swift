import ArgumentParser
import SagaClient
import SagaCore
import SagaDefinitions
import SagaEngine
import Telemetry

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play a definition without running anything, and show what would start, end and be undone.",
        discussion: "Every step succeeds but those named by --fail, which fail for good. All take equally long.")

    @Argument(help: "The definition, or - for standard input.")
    var file: String

    @Option(help: "A step, or an undo, that is to fail. May be repeated.")
    var fail: [String] = []

    @OptionGroup var vars: VariableOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let definition = try DefinitionFile.checked(file).definition
        let names = definition.steps.map(\.name)
        let strangers = fail.filter { !names.contains($0) }
        guard strangers.isEmpty else {
            throw Ending(
                .misuse,
                lines: strangers.map { name in
                    "\(file) has no step '\(name)'"
                        + (NearMiss.of(name, among: names).map { " — did you mean '\($0)'?" }
                            ?? "; it has: " + names.joined(separator: ", "))
                })
        }
        let rehearsal: Rehearsal
        do {
            rehearsal = try Rehearsal(definition, vars: vars.values, failing: Set(fail))
        } catch let refusal as StartRefusal {
            throw Ending(.misuse, refusal.message)
        }
        switch output.output {
        case .json: StandardStreams.output(rehearsal.json.prettyJSON)
        case .text: show(rehearsal)
        }
    }

    private func show(_ rehearsal: Rehearsal) {
        let undone = Dictionary(
            rehearsal.saga.definition.steps.compactMap { step in step.compensate.map { ($0, step.name) } }
        ) { first, _ in first }
        var table = TextTable("", "STEP", "WHAT", "MORE")
        let shown = rehearsal.changes.filter { Self.words[$0.kind] != nil }
        table.rows = shown.enumerated().map { number, change in
            let isStart = change.kind == .stepStarted
            let undo = change.step.flatMap { undone[$0] }.map { "undo of \($0)" }
            return [
                "\(number + 1).", change.step ?? "(saga)", Self.words[change.kind] ?? "",
                (isStart ? undo : change.why) ?? "",
            ]
        }
        for line in table.lines() { StandardStreams.output(line) }
        StandardStreams.output("")
        StandardStreams.output(
            "the saga is \(rehearsal.saga.status.rawValue)" + (rehearsal.saga.errorInWords.map { ": \($0)" } ?? ""))
    }

    /// What matters to people; the rest is in JSON.
    private static let words: [JournalEntry.Kind: String] = [
        .stepStarted: "starts", .stepCompleted: "completed", .stepFailed: "failed", .stepSkipped: "skipped",
        .stepCancelled: "cancelled", .rollbackDecided: "starts nothing more", .compensationStarted: "compensating",
        .sagaCompleted: "completed", .sagaFailed: "failed", .sagaCompensated: "compensated",
        .sagaCompensationFailed: "compensation_failed", .sagaStarted: "running",
    ]
}
