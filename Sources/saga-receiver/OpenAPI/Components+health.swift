import HTTPTransport
import SagaCore

extension Components {
    static let source = Schema.object(
        "One of the ways by which news of pipelines come in.",
        [
            "state": .choice(
                [
                    "off", "open", "connecting", "connected", "disconnected", "idle", "working", "failing",
                ], "Webhooks are open, the stream connected, and the reconciler working where all is well."),
            "since": .time("Since when the state holds.").orNull, "interval": .text("Of the reconciler."),
            "last_event_at": .time("").orNull, "last_read_at": .time("").orNull, "last_error": .text("").orNull,
            "last_error_at": .time("").orNull,
        ], optional: ["since", "interval", "last_event_at", "last_read_at", "last_error", "last_error_at"])

    static let sources = Schema.object(
        "How news of pipelines come in: each of the three ways by itself.",
        [
            "stream": .component("Source"), "webhooks": .component("Source"), "reconciler": .component("Source"),
        ])

    static let circuit = Schema.object(
        "Whether a host is called at the moment.",
        [
            "host": .text("With its port unless that is the scheme's own."),
            "state": .choice(CircuitBreaker.State.allCases.map(\.rawValue), ""),
            "failures": .whole("In a row.", from: 0), "opened_at": .time("").orNull,
            "next_probe_at": .time("When it is tried again.").orNull,
        ])
}
