import ArgumentParser
import Glibc
import SagaClient
import SagaCore
import Telemetry

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a saga to its end, one line a change.",
        discussion: "On a terminal, its steps and what it waits for stand below the lines, and are kept up to date. "
            + "Exits with 0 where it completed, with 1 where it ended in any other way. With --output json, "
            + "every line is an entry of the journal, and the last one the whole saga.")

    @Argument(help: "The saga's id.")
    var id: String

    @Option(help: "How long at most, such as 30m; then exit 4, and the saga goes on.")
    var timeout: GoDurationArgument?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let ending = try await place.ask { [self] desk throws(DeskFailure) -> ProgramExit in
            // Impatiently at first: a wrong address should show at once.
            _ = try await desk.saga(id)
            return try await Watch(desk: desk, id: id, timeout: timeout?.duration, format: output.output).toTheEnd()
        }
        if ending != .ok { throw Ending(ending) }
    }
}

/// Follows one saga on this terminal or pipe.
struct Watch {
    let desk: any SagaDesk
    let id: String
    /// Nil: for as long as it takes.
    let timeout: Duration?
    let format: OutputFormat

    /// For how long a receiver that does not answer is asked again: it may just be restarted.
    private static let patience: Duration = .seconds(60)
    private static let endless: Duration = .seconds(10 * 365 * 86_400)

    func toTheEnd() async throws(DeskFailure) -> ProgramExit {
        let view = format == .text ? LiveView() : nil
        let drawing = Task { await view?.run() }
        let follower = Follower(
            desk: desk.patient(Self.patience), id: id, after: 0, interval: .seconds(2),
            show: { view?.show($0) }
        ) { [format] entry, line in
            switch format {
            case .json: StandardStreams.output(entry.json)
            case .text:
                guard let line else { return }
                if let view { view.tell(line) } else { StandardStreams.output(line) }
            }
        }
        let result = await follower.follow(atMost: timeout ?? Self.endless, until: AsyncStream { _ in })
        drawing.cancel()
        await drawing.value
        view?.clear()
        switch result {
        case .ended(let saga):
            tellEnd(saga)
            return saga["status"]?.stringValue == SagaStatus.completed.rawValue ? .ok : .failed
        case .lost(let failure):
            throw failure
        case .timedOut, .stopped:
            let sentence = (try? await desk.saga(id))?["waiting_for"]?.stringValue
            StandardStreams.error("timed out, and saga \(id) is not over: it goes on")
            if let sentence { StandardStreams.error("now: \(sentence)") }
            return .timedOut
        }
    }

    private func tellEnd(_ saga: JSONValue) {
        switch format {
        case .json: StandardStreams.output(saga.json)
        case .text:
            guard isatty(STDOUT_FILENO) == 1 else { return }
            StandardStreams.output("")
            Answer.show(saga, as: .text)
        }
    }
}
