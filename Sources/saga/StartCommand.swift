import ArgumentParser
import FoundationEssentials
import SagaClient
import SagaCore
import SagaDefinitions
import Telemetry

struct StartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a saga and print its id.",
        discussion: "In a store it is run by whoever works on that store: a receiver, or a plugin that waits.")

    @Argument(help: "The definition, or - for standard input.")
    var file: String

    @OptionGroup var vars: VariableOptions

    @Option(
        name: .customLong("idempotency-key"),
        help: "The same key with the same content is the same saga, however often it is started.")
    var idempotencyKey: String?

    @Flag(help: "Follow it to its end, as 'watch' does.")
    var watch = false

    @Option(help: "With --watch: how long at most, such as 30m; then exit 4, and the saga goes on.")
    var timeout: GoDurationArgument?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if timeout != nil, !watch { throw ValidationError("--timeout is for --watch.") }
        if idempotencyKey?.isEmpty == true { throw ValidationError("--idempotency-key must not be empty.") }
    }

    func run() async throws {
        let order = StartOrder(
            definition: try checkedText(), vars: vars.values,
            origin: Origin(environment: ProcessInfo.processInfo.environment), idempotencyKey: idempotencyKey)
        let ending = try await place.ask(about: file) { [self] desk throws(DeskFailure) -> ProgramExit in
            let started = try await desk.start(order)
            let id = started.saga["id"]?.text ?? ""
            switch output.output {
            case .json where !watch: Answer.show(started.saga, as: .json)
            case .json: break
            case .text:
                StandardStreams.output(
                    started.isReplay
                        ? "saga \(id) was started before with the same idempotency key" : "started saga \(id)")
                if let url = started.saga["url"]?.stringValue { StandardStreams.output("see \(url)") }
            }
            guard watch else { return .ok }
            return try await Watch(desk: desk, id: id, timeout: timeout?.duration, format: output.output).toTheEnd()
        }
        if ending != .ok { throw Ending(ending) }
    }

    /// - Throws: `Ending` with every problem. A receiver may be newer and know more than this program: there, its
    ///   word counts.
    private func checkedText() throws -> String {
        let bytes = try DefinitionFile.contents(of: file)
        do throws(DefinitionProblems) {
            for warning in try DefinitionReader.read(bytes: bytes).warnings {
                StandardStreams.error("warning: " + SagaText.problem(warning.json, in: file))
            }
        } catch {
            guard !place.isStore, String(validating: bytes, as: UTF8.self) != nil else {
                throw Ending(.misuse, lines: error.problems.map { SagaText.problem($0.json, in: file) })
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// `90s`, `1h30m`.
struct GoDurationArgument: ExpressibleByArgument {
    var duration: Duration

    init?(argument: String) {
        guard let duration = GoDuration.parse(argument), duration > .zero else { return nil }
        self.duration = duration
    }
}
