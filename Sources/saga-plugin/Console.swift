import Telemetry

/// Where the plugin speaks: results on the one side, remarks and problems on the other.
struct Console: Sendable {
    var print: @Sendable (String) -> Void
    var complain: @Sendable (String) -> Void

    static let process = Console(print: StandardStreams.output, complain: StandardStreams.error)
}
