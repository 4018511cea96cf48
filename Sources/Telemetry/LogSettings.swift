package import Logging

package enum LogFormat: String, CaseIterable, Hashable, Sendable {
    case text
    case json
}

/// How a program logs: from which level on, and in which form.
package struct LogSettings: Hashable, Sendable {
    package var level: Logger.Level
    package var format: LogFormat

    package static let levelNames = "trace, debug, info, warn, error"

    package init(level: Logger.Level = .info, format: LogFormat = .text) {
        self.level = level
        self.format = format
    }

    /// A level by its name in any case, also `warning`; nil for other words.
    package static func level(named name: String) -> Logger.Level? {
        let name = name.lowercased()
        return name == "warn" ? .warning : Logger.Level(rawValue: name)
    }

    /// Sends all loggers of the process to standard error. To be called once, before the first logger is made.
    package func bootstrap() {
        LoggingSystem.bootstrap { _ in LineLogHandler(settings: self) }
    }
}
