import Logging
import SagaCore
import Synchronization
import Telemetry
import Testing

@Suite struct LogLineTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func line(_ format: LogFormat, log: (Logger) -> Void) -> String {
        let lines = Lines()
        let handler = LineLogHandler(
            settings: LogSettings(level: .debug, format: format), now: { Moment(milliseconds: 1_769_850_307_123) },
            write: { line in lines.all.withLock { $0.append(line) } })
        log(Logger(label: "test") { _ in handler })
        return lines.all.withLock { $0 }.joined(separator: "|")
    }

    @Test func `a text line has time, level, message and sorted pairs`() {
        let text = line(.text) { $0.info("saga started", metadata: ["saga_name": "a b", "saga_id": "7"]) }
        #expect(text == "2026-01-31T09:05:07.123Z INFO saga started saga_id=7 saga_name=\"a b\"")
    }

    @Test func `whatever is logged stays one line`() {
        let text = line(.text) { $0.warning("a\nb\u{1B}[31m", metadata: ["k\r": "x\ty\u{2028}", "l": "say \"no\""]) }
        #expect(
            text == "2026-01-31T09:05:07.123Z WARN a\\nb\\u{1b}[31m k\\r=x\\ty\\u{2028} l=\"say \\\"no\\\"\"")
    }

    @Test func `a JSON line is one object whose fixed members come first`() throws {
        let text = line(.json) {
            $0.error("it\nfailed", metadata: ["count": .stringConvertible(3), "level": "mine", "list": ["a", "b"]])
        }
        #expect(text.hasPrefix(#"{"time":"2026-01-31T09:05:07.123Z","level":"error","message":"it\nfailed","#))
        let json = try JSONValue(parsing: text)
        #expect(json["count"] == 3)
        #expect(json["level_"] == "mine")
        #expect(json["list"] == ["a", "b"])
    }

    @Test func `what is below the level is left out`() {
        #expect(line(.text) { $0.trace("no") }.isEmpty)
    }

    @Test(arguments: [("warn", Logger.Level.warning), ("WARNING", .warning), ("debug", .debug), ("Trace", .trace)])
    func `levels have names in any case`(name: String, level: Logger.Level) {
        #expect(LogSettings.level(named: name) == level)
    }

    @Test func `other words are no level`() {
        #expect(LogSettings.level(named: "loud") == nil)
    }
}
