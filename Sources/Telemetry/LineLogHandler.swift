package import Logging
package import SagaCore

/// Writes one line an event.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let format: LogFormat
    private let now: @Sendable () -> Moment
    private let write: @Sendable (String) -> Void

    package init(
        settings: LogSettings, now: @escaping @Sendable () -> Moment = WallClock.now,
        write: @escaping @Sendable (String) -> Void = StandardStreams.error
    ) {
        logLevel = settings.level
        format = settings.format
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        let line = LogLine(at: now(), level: event.level, message: event.message.description, metadata: all)
        write(line.rendered(as: format))
    }
}
