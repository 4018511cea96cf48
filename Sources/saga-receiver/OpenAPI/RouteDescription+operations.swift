import HTTPTypes
import SagaCore

extension RouteDescription {
    static func ofSaga(_ name: String) -> RouteDescription {
        var body = ["reason": reason, "comment": comment, "force": force]
        if name != "retry" { body["force"] = force.saying("Has no effect here.") }
        let schema = Schema.body("Why.", body)
        return operation(
            name, id: "\(name)Saga", sagaSummaries[name] ?? "",
            name == "kill" ? schema.and(["anyOf": someReason]) : schema,
            isBodyRequired: name == "kill")
    }

    private static let someReason: JSONValue = .array(
        ["reason", "comment"].map { name in
            [
                "required": [.string(name)],
                "properties": .object([name: ["type": "string", "minLength": 1]]),
            ]
        })

    static func ofStep(_ name: String) -> RouteDescription {
        var description = operation(
            name, id: "\(name)Step", stepSummaries[name] ?? "",
            .body(
                "Why, and for `complete` what the step gives.",
                [
                    "reason": reason, "comment": comment, "force": force.saying("Has no effect here."),
                    "output": .anything("The step's output, where it is completed."),
                ]))
        description.problems[.forbidden] =
            "The token's scope is too small, or the step has approvers and its name is "
            + "not among them."
        return description
    }

    private static let comment = Schema.text("The same as reason.")
    private static let force = Schema.flag("Also beyond max_retries.")

    private static let sagaSummaries = [
        "retry": "Let the failed steps, or the failed undos, of an ended saga start afresh",
        "cancel": "End a saga as if a step had failed: what was done is undone",
        "kill": "End a saga at once, undoing nothing",
        "compensate": "Undo what a completed or failed saga has done",
        "pause": "Start nothing new; deadlines stand still", "resume": "Let a paused saga go on",
    ]

    private static let stepSummaries = [
        "skip": "Go on without a step that is pending, failed or waiting",
        "complete": "Complete a waiting step with an output",
        "fail": "Let a waiting step fail", "approve": "Approve an approval step", "reject": "Reject an approval step",
    ]

    private static func operation(
        _ name: String, id: String, _ summary: String, _ schema: Schema, isBodyRequired: Bool = false
    ) -> RouteDescription {
        RouteDescription(
            id: id, tag: .operations, summary: summary,
            body: Body(schema: schema, isRequired: isBodyRequired),
            answers: [.ok("The saga as it is now.", .component("Saga"))],
            problems: [
                .conflict: "Not allowed in this status; `saga_status`, `paused` and `allowed` say what is."
            ])
    }

    /// - Parameter path: there are two ways to it, which need two names.
    static func retryPipeline(_ path: String) -> RouteDescription {
        var description = retryPipeline
        if path == "/projects" { description.id += "Short" }
        return description
    }

    private static let retryPipeline = RouteDescription(
        id: "retryPipeline", tag: .pipelines, summary: "Restart a pipeline; the waits on it follow the new run",
        path: [
            Parameter(
                "id",
                .text(
                    "Woodpecker's id of the repository, or its full name, URL-encoded.",
                    ["pattern": "^([0-9]{1,18}|[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+)$"])),
            Parameter("number", .whole("The pipeline's number.", from: 1, to: .max)),
        ],
        body: Body(schema: .body("Why.", ["reason": reason]), isRequired: false),
        answers: [
            .ok(
                "The new run.",
                .object(
                    "The new run, and who follows it.",
                    [
                        "number": .whole("Of the new run.", from: 1), "parent": .whole("The restarted one.", from: 1),
                        "id": .whole("Woodpecker's id of the new run."), "status": .text("In Woodpecker's words."),
                        "repo": .text("The full name of the repository."), "url": .text("The new run's page."),
                        "sagas": .list(
                            .object(
                                "A saga of which steps follow.",
                                [
                                    "id": Components.id, "name": .text(""), "status": .choice(Components.statuses, ""),
                                    "steps": .list(.text(""), "The steps that follow."), "url": .text("").orNull,
                                ]), "The sagas of which steps follow it."),
                    ]))
        ],
        problems: [
            .conflict: "Woodpecker refuses it.", .notImplemented: "The receiver has no Woodpecker token.",
            .badGateway: "Woodpecker answers with an error, or not at all.",
            .notFound: "Woodpecker has no such repository or pipeline, or the token may not see it.",
        ])
}
