import Logging
import Telemetry

/// The words that Woodpecker's plugins use for log levels.
enum LogLevels {
    static func level(_ word: String) -> Logger.Level {
        switch word {
        case "fatal", "panic": .critical
        default: LogSettings.level(named: word) ?? .info
        }
    }
}
