import HTTPTypes
import SagaCore
import Webhooks

extension RouteDescription {
    static let sendSignal = RouteDescription(
        id: "sendSignal", tag: .signals, summary: "Tell how a pipeline, a workflow, a step or an image is",
        details: "What the plugin's notify sends. Who waits for it is woken; where Woodpecker's API can be read, that "
            + "read decides.", headers: [idempotencyKey],
        body: Body(
            schema: Components.sentSignal,
            example: [
                "kind": "pipeline", "server": "https://ci.example.com", "repo": "octo/app", "number": 41,
                "status": "success",
            ]),
        answers: [
            Answer(
                status: .accepted, doc: "It is stored.",
                schema: .object(
                    "What was stored, and who was woken.",
                    [
                        "id": .whole("Null where the same delivery was stored before.").orNull,
                        "matched": .list(Components.match, "The steps that were woken."),
                    ]))
        ], problems: [.badRequest: "The signal cannot be read: every reason."])

    static let listSignals = RouteDescription(
        id: "listSignals", tag: .signals, summary: "What was heard of pipelines and images, newest first",
        query: [
            Parameter("unmatched", .flag("Only what no step waited for.")),
            Parameter(
                "limit", .whole("How many at most: default 50, at most 200, below 1 means 50.", from: .min, to: .max)),
            Parameter("cursor", .whole("next_cursor of the page before.", from: 1, to: .max)),
        ],
        answers: [
            .ok("A page of signals.", Components.page("signals", of: .component("ListedSignal"), "Newest first."))
        ])

    static let webhook = RouteDescription(
        id: "receiveWebhook", tag: .webhooks, summary: "Take a delivery of a forge or a registry",
        details: "The delivery is verified on its raw bytes before anything of it is read: by an HMAC of the body "
            + "(gitea, forgejo, github, bitbucket), by X-Gitlab-Token or a signing token (gitlab), by Authorization "
            + "(registry, harbor), or as Standard Webhooks or by a bearer token (generic). A sender without a secret is "
            + "closed. Bodies may have 25 MiB.",
        path: [Parameter("sender", .choice(Sender.allCases.map(\.rawValue), "Who delivers."))],
        body: Body(
            schema: .anything("As the sender writes it."), isRequired: true,
            types: ["application/json", "application/x-www-form-urlencoded"]),
        answers: [
            Answer(status: .accepted, doc: "It is stored.", schema: receipt),
            Answer(status: .ok, doc: "It was stored before, or is of no interest.", schema: receipt),
        ],
        problems: [
            .unauthorized: "The signature or the secret is wrong.", .notFound: "The sender is closed.",
            .badRequest: "It cannot be read.",
        ])

    private static let receipt = Schema.object(
        "What became of a delivery.",
        [
            "status": .choice(["stored", "seen before", "ignored"], ""),
            "reason": .text("Why it is of no interest."),
        ], optional: ["reason"])
}
