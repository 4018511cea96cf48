import ArgumentParser
import SagaClient
import SagaCore
import SagaDefinitions
import Telemetry

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a saga with its journal and definition as JSON, for a bug report.",
        discussion: "What stands under a name like token, secret, password or authorization is replaced by ***, and "
            + "so is the same text wherever else it turns up. Read it before you pass it on all the same.")

    @Argument(help: "The saga's id.")
    var id: String

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (saga, journal) = try await place.ask { [id] desk throws(DeskFailure) in
            (try await desk.saga(id), try await desk.wholeJournal(of: id))
        }
        // As data, not as text: in a text nobody can tell for sure where a secret ends.
        let definition = saga["definition"]?.stringValue.flatMap(DefinitionReader.json) ?? .null
        var members = saga.objectValue ?? [:]
        members["definition"] = nil
        let bundle: JSONValue = [
            "version": .string(Program.version), "exported_at": .string(WallClock.now().description),
            "saga": .object(members), "definition": definition, "journal": .array(journal),
        ]
        StandardStreams.output(SecretMask(for: bundle).masked(bundle).prettyJSON)
    }
}
