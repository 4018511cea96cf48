import ArgumentParser
import SagaClient
import Telemetry

/// The operator's command line.
struct SagaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saga", abstract: "Look at sagas and act on them, over a receiver or a store file.",
        discussion: """
            The sagas are those of a receiver (--server or SAGA_SERVER, with the token in SAGA_TOKEN) or of a store \
            file (--store). Exit codes: 0 ok; 1 the saga or a check failed, refused, or unknown id; 2 bad usage or \
            definition; 3 the receiver or the store could not be reached; 4 timed out waiting.
            """,
        version: Program.version,
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(
                name: "Definitions:",
                subcommands: [
                    ValidateCommand.self, PlanCommand.self, SimulateCommand.self, SchemaCommand.self,
                ]),
            CommandGroup(
                name: "Sagas:",
                subcommands: [
                    StartCommand.self, WatchCommand.self, ListCommand.self, ShowCommand.self, JournalCommand.self,
                    SignalsCommand.self, DeleteCommand.self,
                ]),
            CommandGroup(
                name: "Operations:",
                subcommands: [
                    RetryCommand.self, SagaOperationCommand<Cancel>.self, SagaOperationCommand<Kill>.self,
                    SagaOperationCommand<Compensate>.self, SagaOperationCommand<Pause>.self,
                    SagaOperationCommand<Resume>.self, VarsCommand.self,
                ]),
            CommandGroup(
                name: "Operations on a step:",
                subcommands: [
                    CompleteCommand.self, StepOperationCommand<Skip>.self, StepOperationCommand<Fail>.self,
                    StepOperationCommand<Approve>.self, StepOperationCommand<Reject>.self,
                ]),
            CommandGroup(name: "Stores:", subcommands: [BackupCommand.self, RestoreCommand.self, CheckCommand.self]),
            CommandGroup(name: "Help:", subcommands: [DoctorCommand.self, ExportCommand.self]),
        ])

    /// Runs what the arguments say. The library's own exit codes are not the project's.
    static func runToTheEnd() async -> ProgramExit {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .ok
        } catch let ending as Ending {
            for line in ending.lines { StandardStreams.error(line) }
            return ending.status
        } catch {
            let isHelp = exitCode(for: error) == .success
            let text = fullMessage(for: error)
            if !text.isEmpty, isHelp { StandardStreams.output(text) }
            if !text.isEmpty, !isHelp { StandardStreams.error(text) }
            return isHelp ? .ok : .misuse
        }
    }
}

/// A command's end before its work is done: how, and why.
struct Ending: Error {
    var status: ProgramExit
    var lines: [String]

    init(_ status: ProgramExit, _ lines: String...) {
        self.status = status
        self.lines = lines
    }

    init(_ status: ProgramExit, lines: [String]) {
        self.status = status
        self.lines = lines
    }

    init(_ failure: DeskFailure, file: String? = nil) {
        self.init(failure.exitStatus, lines: failure.lines(in: file))
    }
}
