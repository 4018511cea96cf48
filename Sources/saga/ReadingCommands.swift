import ArgumentParser
import SagaClient
import SagaCore
import Telemetry

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List sagas, newest first.")

    @Option(help: "Only those of this definition.")
    var name: String?

    @Option(help: "Only those in this status.")
    var status: SagaStatus?

    @Option(help: "Only those created since: a time as in RFC 3339, or a duration such as 24h ago.")
    var since: Since?

    @Option(help: "How many at most, up to \(SagaFilter.largestLimit).")
    var limit: Int = SagaFilter.standardLimit

    @Option(help: "Where to go on, as the list before said.")
    var cursor: String?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let filter = SagaFilter(
            name: name, status: status, since: since?.moment, limit: limit, cursor: cursor)
        let page = try await place.ask { desk throws(DeskFailure) in try await desk.sagas(filter) }
        switch output.output {
        case .json:
            let json: JSONValue = [
                "sagas": .array(page.sagas), "next_cursor": page.next.map(JSONValue.string) ?? .null,
            ]
            StandardStreams.output(json.prettyJSON)
        case .text:
            var table = TextTable("ID", "NAME", "STATUS", "CREATED", "WAITING FOR")
            table.rows = page.sagas.map { saga in
                let created = String((saga["created_at"]?.text ?? "").prefix(19)).replacing("T", with: " ")
                let remark = saga["waiting_for"]?.stringValue ?? saga["error"]?.stringValue ?? ""
                let isPaused = saga["paused"]?.boolValue == true
                return [
                    saga["id"]?.text ?? "", saga["name"]?.text ?? "",
                    (saga["status"]?.text ?? "") + (isPaused ? " (paused)" : ""), created,
                    SagaText.oneLine(remark, limit: 120),
                ]
            }
            for line in table.lines(paint: { Colours.paint($1, if: $0 == 2) }) { StandardStreams.output(line) }
            if let next = page.next { StandardStreams.error("more: --cursor \(next)") }
        }
    }
}

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a saga with its steps.")

    @Argument(help: "The saga's id.")
    var id: String

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let saga = try await place.ask { [id] desk throws(DeskFailure) in try await desk.saga(id) }
        Answer.show(saga, as: output.output)
    }
}

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Show what happened to a saga, with who and why.")

    @Argument(help: "The saga's id.")
    var id: String

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let entries = try await place.ask { [id] desk throws(DeskFailure) in try await desk.wholeJournal(of: id) }
        switch output.output {
        case .json:
            StandardStreams.output(JSONValue.object(["entries": .array(entries)]).prettyJSON)
        case .text:
            var table = TextTable("AT", "WHAT", "STEP", "WHO", "MORE")
            table.rows = entries.map { entry in
                let reason = entry["reason"]?.stringValue
                let data = entry["data"]?.objectValue ?? [:]
                return [
                    entry["at"]?.text ?? "", entry["kind"]?.text ?? "", entry["step"]?.stringValue ?? "",
                    entry["actor"]?.stringValue ?? "",
                    SagaText.oneLine(
                        [reason, data.isEmpty ? nil : JSONValue.object(data).json].compactMap(\.self)
                            .joined(separator: " "), limit: 160),
                ]
            }
            for line in table.lines() { StandardStreams.output(line) }
        }
    }
}

/// A moment, or how long ago.
struct Since: ExpressibleByArgument {
    var moment: Moment

    init?(argument: String) {
        if let moment = Moment(rfc3339: argument) {
            self.moment = moment
        } else if let duration = GoDuration.parse(argument) {
            moment = WallClock.now() + (.zero - duration)
        } else {
            return nil
        }
    }
}

extension SagaStatus: ExpressibleByArgument {}
