import ArgumentParser
import SagaClient
import SagaCore
import Telemetry

/// An operation on a whole saga that needs no more than a reason.
protocol SagaOperation: Sendable {
    static var operation: Operation { get }
    static var abstract: String { get }
}

enum Cancel: SagaOperation {
    static let operation = Operation.cancel
    static let abstract = "End a saga as if a step had failed: what was done is undone."
}

enum Kill: SagaOperation {
    static let operation = Operation.kill
    static let abstract = "End a saga at once, undoing nothing. Needs --reason."
}

enum Compensate: SagaOperation {
    static let operation = Operation.compensate
    static let abstract = "Undo what a completed or failed saga has done."
}

enum Pause: SagaOperation {
    static let operation = Operation.pause
    static let abstract = "Start nothing new; deadlines stand still."
}

enum Resume: SagaOperation {
    static let operation = Operation.resume
    static let abstract = "Let a paused saga go on."
}

struct SagaOperationCommand<Kind: SagaOperation>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: Kind.operation.name, abstract: Kind.abstract)
    }

    @Argument(help: "The saga's id.")
    var id: String

    @OptionGroup var act: ActOptions

    func run() async throws { try await act.operate(Kind.operation, on: id) }
}

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Let the failed steps, or the failed undos, of an ended saga start afresh.")

    @Argument(help: "The saga's id.")
    var id: String

    @Flag(help: "Also beyond the definition's max_retries.")
    var force = false

    @OptionGroup var act: ActOptions

    func run() async throws { try await act.operate(.retry(force: force), on: id) }
}

struct VarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vars", abstract: "Change variables of a saga that is paused or failed; the others stay.",
        discussion: "Steps that are yet to run, or are retried, get the new values.")

    @Argument(help: "The saga's id.")
    var id: String

    @OptionGroup var vars: VariableOptions
    @OptionGroup var act: ActOptions

    func validate() throws {
        if vars.values.isEmpty { throw ValidationError("Say what to change: --var name=value, or --vars-json.") }
    }

    func run() async throws { try await act.operate(.changeVars(vars.values), on: id) }
}

/// An operation on one step that needs no more than a reason.
protocol StepOperation: Sendable {
    static func operation(_ step: String) -> Operation
    static var abstract: String { get }
}

enum Skip: StepOperation {
    static func operation(_ step: String) -> Operation { .skip(step: step) }
    static let abstract = "Go on without a step that is pending, failed or waiting."
}

enum Fail: StepOperation {
    static func operation(_ step: String) -> Operation { .fail(step: step) }
    static let abstract = "Let a waiting step fail."
}

enum Approve: StepOperation {
    static func operation(_ step: String) -> Operation { .approve(step: step) }
    static let abstract = "Approve an approval step."
}

enum Reject: StepOperation {
    static func operation(_ step: String) -> Operation { .reject(step: step) }
    static let abstract = "Reject an approval step."
}

struct StepOperationCommand<Kind: StepOperation>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: Kind.operation("").name, abstract: Kind.abstract)
    }

    @Argument(help: "The saga's id.")
    var id: String

    @Argument(help: "The step's name.")
    var step: String

    @OptionGroup var act: ActOptions

    func run() async throws { try await act.operate(Kind.operation(step), on: id) }
}

struct CompleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Complete a waiting step with an output of yours.")

    @Argument(help: "The saga's id.")
    var id: String

    @Argument(help: "The step's name.")
    var step: String

    @Option(name: .customLong("output-json"), help: "The step's output, as JSON.")
    var outputJSON = "{}"

    @OptionGroup var act: ActOptions

    func run() async throws {
        guard let output = try? JSONValue(parsing: outputJSON) else {
            throw ValidationError("--output-json must be JSON.")
        }
        try await act.operate(.complete(step: step, output: output), on: id)
    }
}

struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Remove a saga that is over, with its journal.")

    @Argument(help: "The saga's id.")
    var id: String

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await place.ask { [id] desk throws(DeskFailure) in try await desk.delete(id) }
        switch output.output {
        case .json: StandardStreams.output(JSONValue.object(["id": .string(id), "deleted": true]).prettyJSON)
        case .text: StandardStreams.output("saga \(id) is deleted")
        }
    }
}

struct ActOptions: ParsableArguments {
    @Option(name: [.long, .customLong("comment")], help: "Why, for the journal.")
    var reason: String?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func operate(_ operation: Operation, on id: String) async throws {
        let saga = try await place.ask { [reason] desk throws(DeskFailure) in
            try await desk.operate(operation, on: id, reason: reason)
        }
        switch output.output {
        case .json: Answer.show(saga, as: .json)
        case .text:
            let isPaused = saga["paused"]?.boolValue == true
            StandardStreams.output(
                "\(operation.name): saga \(id) is \(saga["status"]?.text ?? "")" + (isPaused ? " (paused)" : ""))
        }
    }
}
