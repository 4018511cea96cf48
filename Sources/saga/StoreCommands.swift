import ArgumentParser
import SagaClient
import SagaCore
import SagaStore
import Telemetry

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a store while it is in use.",
        discussion: "The copy is consistent, verified, and complete or not there at all. 'saga restore' "
            + "puts it in a store's place.")

    @OptionGroup var place: StoreOptions
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

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a copy that 'backup' has made in a store's place.",
        discussion: "Stop all that uses the store first. The copy is verified and stays; what was there is kept "
            + "beside the store. Sagas go on from where they were at the backup when a receiver starts.")

    @OptionGroup var place: StoreOptions
    @OptionGroup var format: OutputOptions
    @Argument(help: "The copy.") var file: String
    @Flag(help: "Although a receiver or plugin was seen in the last half minute.") var force = false

    func run() async throws {
        let kept: String?
        do throws(StoreError) {
            kept = try await SQLiteLedger.restore(file, to: place.store, force: force, now: WallClock.now())
        } catch {
            throw Ending(.unreachable, error.message)
        }
        switch format.output {
        case .text:
            StandardStreams.output("restored \(place.store) from \(file)")
            if let kept { StandardStreams.output("what was there is kept as \(kept)") }
        case .json:
            let json: JSONValue = [
                "store": .string(place.store), "file": .string(file), "kept": kept.map(JSONValue.string) ?? .null,
            ]
            StandardStreams.output(json.prettyJSON)
        }
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look whether a store is sound.",
        discussion: "Checks the file, its references, and what sagas, due queue and waits promise of each other. "
            + "Exits with 1 where something is wrong.")

    @OptionGroup var place: StoreOptions
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
