import HTTPTypes
import SagaCore

extension RouteDescription {
    static let startSaga = RouteDescription(
        id: "startSaga", tag: .sagas, summary: "Start a saga",
        details: "With an idempotency key, in the body or the header, a start may be repeated: the same key with the "
            + "same definition and variables answers with the saga that is there already.",
        headers: [idempotencyKey],
        body: Body(
            schema: .body(
                "What to start.",
                [
                    "definition": .oneOf(
                        [
                            .text("YAML or JSON, at most 256 KiB."),
                            .component("Definition"),
                        ], "The definition, as text or as an object."),
                    "vars": .map("Values for the definition's variables, instead of its defaults."),
                    "idempotency_key": Components.idempotencyKey, "origin": .map("As in Origin; CI_* values."),
                ], required: ["definition"]),
            example: [
                "definition": "name: hello\nsteps:\n  - {name: wait, action: sleep, config: {duration: 1s}}\n",
                "vars": [:],
            ]),
        answers: [
            Answer(
                status: .created, doc: "It was started.", schema: .component("Saga"),
                headers: [Parameter("Location", .text("The saga's path in this API."))]),
            Answer(
                status: .ok, doc: "It had been started before with the same key.", schema: .component("Saga"),
                headers: [Parameter("Location", .text("The saga's path in this API."))]),
        ],
        problems: [
            .badRequest: "The definition or the variables have problems: all of them, with their places.",
            .conflict: "Another live saga has the concurrency key, and the policy is reject.",
            .unprocessableContent: "The idempotency key belongs to a saga with other content.",
        ])

    static let listSagas = RouteDescription(
        id: "listSagas", tag: .sagas, summary: "List sagas, newest first",
        details: "Pages by key: while sagas are added, none is repeated and none is left out.",
        query: [
            Parameter("name", Components.queryText.saying("Only those of this definition.")),
            Parameter("status", .choice(Components.statuses, "Only those in this status.")),
            Parameter("since", .time("Only those started since.")),
            Parameter("idempotency_key", Components.queryText.saying("The one that has this key.")),
            Parameter(
                "limit", .whole("How many at most: default 50, at most 200, below 1 means 50.", from: .min, to: .max)),
            Parameter("cursor", Components.id.saying("next_cursor of the page before.")),
        ],
        answers: [.ok("A page of sagas.", Components.page("sagas", of: .component("Saga"), "Newest first."))])

    static let showSaga = RouteDescription(
        id: "showSaga", tag: .sagas, summary: "A saga with its steps", answers: [.ok("The saga.", .component("Saga"))])

    static let addKey = RouteDescription(
        id: "addKey", tag: .sagas, summary: "Give a saga a further idempotency key",
        details: "So that a restarted pipeline finds the saga that an earlier run of it started.",
        body: Body(
            schema: .body(
                "The key.", ["idempotency_key": Components.idempotencyKey], required: ["idempotency_key"])),
        answers: [.ok("The saga.", .component("Saga"))],
        problems: [.unprocessableContent: "Another saga has this key."])

    static let changeVars = RouteDescription(
        id: "changeVars", tag: .operations, summary: "Change variables of a saga that is paused or failed",
        body: Body(
            schema: .body(
                "The variables to change; the others stay.",
                ["vars": .map("Names and new values."), "reason": reason], required: ["vars"])),
        answers: [.ok("The saga as it is now.", .component("Saga"))],
        problems: [
            .badRequest: "The definition has no such variable, or the body has problems.",
            .conflict: "The saga is neither paused nor failed.",
        ])

    static let deleteSaga = RouteDescription(
        id: "deleteSaga", tag: .operations, summary: "Remove a saga that is over, with its journal",
        answers: [Answer(status: .noContent, doc: "It is gone.")], problems: [.conflict: "It is not over."])

    static let idempotencyKey = Parameter(
        "Idempotency-Key", Components.idempotencyKey.saying("Instead of a member of the body."))

    static let reason = Schema.text("Why, for the journal.")
}
