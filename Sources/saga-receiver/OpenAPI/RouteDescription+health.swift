import HTTPTypes
import SagaCore
import Webhooks

extension RouteDescription {
    static let live = RouteDescription(
        id: "live", tag: .health, summary: "Whether the process lives, and how news come in",
        answers: [
            .ok(
                "It lives.",
                .object(
                    "That it lives.",
                    ["status": .choice(["live"], ""), "version": .text(""), "sources": .component("Sources")]))
        ])

    static let ready = RouteDescription(
        id: "ready", tag: .health, summary: "Whether it can do its work",
        answers: [.ok("It can.", .object("That it can.", ["status": .choice(["ready"], "")]))],
        problems: [.serviceUnavailable: "It cannot: why."])

    static let circuits = RouteDescription(
        id: "circuits", tag: .health, summary: "Which hosts are called, and which are left alone at the moment",
        answers: [
            .ok("The circuits.", .object("", ["circuits": .list(.component("Circuit"), "One a host.")]))
        ])

    static let status = RouteDescription(
        id: "status", tag: .health, summary: "Who asks, and how the receiver is set up and does",
        details: "What `saga doctor` looks at.",
        answers: [
            .ok(
                "How it is.",
                .object(
                    "The receiver, as its operators see it.",
                    [
                        "version": .text(""),
                        "caller": .object(
                            "Whose token it is.",
                            [
                                "name": .text(""), "scope": .choice(Scope.allCases.map(\.name), ""),
                            ]),
                        "trouble": .text("Why it cannot work; null where it can.").orNull,
                        "sources": .component("Sources"),
                        "webhook_senders": .list(
                            .choice(Sender.allCases.map(\.rawValue), ""), "Those that have a secret."),
                        "woodpecker": woodpecker, "allows_shell": .flag("Whether it runs shell steps."),
                    ]))
        ])

    private static let woodpecker = Schema.object(
        "The Woodpecker server that is configured.",
        [
            "url": .text("As it is called.").orNull, "public_url": .text("As it stands in links.").orNull,
            "token": .choice(
                WoodpeckerCheck.State.allCases.map(\.rawValue),
                "Whether Woodpecker takes the token: as it was last asked, when the receiver started."),
            "user": .text("Whose token it is.").orNull, "error": .text("Why that is not known.").orNull,
        ])

    static let metrics = RouteDescription(
        id: "metrics", tag: .health, summary: "Metrics for Prometheus",
        answers: [
            Answer(
                status: .ok, doc: "Prometheus' text format 0.0.4.", schema: .text("Metrics."), type: "text/plain")
        ])

    static let openAPI = RouteDescription(
        id: "openAPI", tag: .health, summary: "This document",
        answers: [.ok("OpenAPI 3.1.", .map("An OpenAPI document."))])
}
