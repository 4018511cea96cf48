import FoundationEssentials
import Glibc
import SagaClient
import SagaCore
import Telemetry

/// A saga on the terminal.
enum Answer {
    static func show(_ saga: JSONValue, as format: OutputFormat) {
        switch format {
        case .json: StandardStreams.output(saga.prettyJSON)
        case .text: for line in lines(saga) { StandardStreams.output(line) }
        }
    }

    private static func lines(_ saga: JSONValue) -> [String] {
        let status = saga["status"]?.text ?? ""
        let isOver = SagaStatus(rawValue: status)?.isTerminal == true
        let isPaused = saga["paused"]?.boolValue == true
        let origin = saga["origin"] ?? .null
        let from = origin["repo"]?.stringValue.map { repo in
            repo + (origin["pipeline"].map { "#\($0.text)" } ?? "")
        }
        let facts: [(String, String?)] = [
            ("saga", saga["id"]?.text), ("name", saga["name"]?.text),
            ("status", status + (isPaused ? " (paused)" : "")),
            ("waiting for", saga["waiting_for"]?.stringValue), ("created", saga["created_at"]?.stringValue),
            ("completed", saga["completed_at"]?.stringValue), ("started by", from),
            ("vars", saga["vars"].flatMap { $0.objectValue?.isEmpty == false ? $0.json : nil }),
            ("retries", saga["retry_count"]?.intValue.flatMap { $0 > 0 ? "\($0)" : nil }),
            ("url", saga["url"]?.stringValue),
        ]
        var lines = facts.compactMap { name, value in
            value.map {
                TextTable.padded(name, to: 12) + Colours.paint(SagaText.printable($0), if: name == "status")
            }
        }
        lines.append("")
        lines += SagaText.steps(saga, now: WallClock.now()).lines { Colours.paint($1, if: $0 == 1) }
        if isOver, status != SagaStatus.completed.rawValue { lines += [""] + SagaText.failure(saga) }
        return lines
    }
}

/// Statuses in colour, for eyes at a terminal.
enum Colours {
    private static let areShown: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
            && environment["TERM"] != "dumb"
    }()

    static func paint(_ text: String, if isStatus: Bool) -> String {
        guard areShown, isStatus, let word = text.split(separator: " ").first else { return text }
        let code: String? =
            switch word {
            case "completed": "32"
            case "failed", "compensation_failed": "31"
            case "running", "compensating": "36"
            case "compensated", "pending": "33"
            default: nil
            }
        return code.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text
    }
}
