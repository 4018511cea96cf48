import ArgumentParser
import SagaClient
import SagaCore
import SagaStore
import Telemetry

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a store while it is in use.",
        discussion: "The copy is consistent, verified, and complete or not there at all. To restore it, stop "
            + "everything that uses the store, move it away together with its -wal and -shm files, and put the copy in "
            + "its place.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var format: OutputOptions
    @Argument(help: "The new file.") var file: String

    func run() async throws {
        try await place.withStore { try await $0.backup(to: file) }
        switch format.output {
        case .text: StandardStreams.output("backed up to \(file)")
        case .json: StandardStreams.output(JSONValue.object(["file": .string(file)]).prettyJSON)
        }
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look whether a store is sound.",
        discussion: "Checks the file, its references, and what sagas, due queue and waits promise of each other. "
            + "Exits with 1 where something is wrong.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let problems = try await place.withStore { try await $0.check() }
        switch format.output {
        case .text: StandardStreams.output(problems.isEmpty ? "ok" : problems.joined(separator: "\n"))
        case .json:
            let json: JSONValue = [
                "ok": .bool(problems.isEmpty), "problems": .array(problems.map { .string($0) }),
            ]
            StandardStreams.output(json.prettyJSON)
        }
        if !problems.isEmpty { throw Ending(.failed) }
    }
}
