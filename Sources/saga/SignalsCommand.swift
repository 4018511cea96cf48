import ArgumentParser
import SagaClient
import SagaCore
import Telemetry

struct SignalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signals", abstract: "List what was heard of pipelines and images, newest first.")

    @Flag(help: "Only what no step waited for.")
    var unmatched = false

    @Option(help: "How many at most, up to \(SagaFilter.largestLimit).")
    var limit: Int = SagaFilter.standardLimit

    @Option(help: "Where to go on, as the list before said.")
    var cursor: Int64?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let filter = SignalFilter(isUnmatched: unmatched, before: cursor, limit: SagaFilter(limit: limit).limit)
        let page = try await place.ask { desk throws(DeskFailure) in try await desk.signals(filter) }
        switch output.output {
        case .json:
            let json: JSONValue = [
                "signals": .array(page.signals), "next_cursor": page.next.map { .string(String($0)) } ?? .null,
            ]
            StandardStreams.output(json.prettyJSON)
        case .text:
            var table = TextTable("ID", "RECEIVED", "FROM", "KIND", "ABOUT", "STATUS", "MATCHED")
            table.rows = page.signals.map { item in
                let signal = item["signal"] ?? .null
                return [
                    item["id"]?.text ?? "",
                    String((item["received_at"]?.text ?? "").prefix(19)).replacing("T", with: " "),
                    item["source"]?.text ?? "", signal["kind"]?.text ?? "", SagaText.oneLine(Self.subject(signal)),
                    signal["status"]?.text ?? "", item["matched"]?.boolValue == true ? "yes" : "no",
                ]
            }
            for line in table.lines() { StandardStreams.output(line) }
            if let next = page.next { StandardStreams.error("more: --cursor \(next)") }
        }
    }

    /// `octo/app#41 build`, or an image.
    private static func subject(_ signal: JSONValue) -> String {
        if let image = signal["image"]?.stringValue { return image }
        let number = signal["number"]?.intValue.map { "#\($0)" } ?? ""
        let parts = [signal["workflow"]?.stringValue, signal["step"]?.stringValue].compactMap(\.self)
        return ([(signal["repo"]?.stringValue ?? "") + number] + parts).joined(separator: " ")
    }
}
