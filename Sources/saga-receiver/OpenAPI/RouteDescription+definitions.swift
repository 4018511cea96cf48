import HTTPTypes
import SagaCore

extension RouteDescription {
    static let validate = RouteDescription(
        id: "validateDefinition", tag: .definitions, summary: "Check a definition, starting nothing",
        details: "What is no definition at all is told like any other problem, with a 200.",
        body: definition(.map("A definition as an object, sound or not.")),
        answers: [
            .ok(
                "All problems and warnings.",
                .object(
                    "What was found.",
                    [
                        "valid": .flag("Whether it could be started."),
                        "errors": .list(.component("Fault"), "Every problem."),
                        "warnings": .list(.component("Fault"), "What is questionable."),
                    ]))
        ])

    static let plan = RouteDescription(
        id: "planDefinition", tag: .definitions, summary: "The order of the steps, and what each failure would undo",
        body: definition(.component("Definition")),
        answers: [
            .ok(
                "The plan.",
                .object(
                    "What the definition would do.",
                    [
                        "order": .list(
                            .list(.text(""), "Steps that run at the same time."), "One wave after the other."),
                        "rollback": .list(
                            .object(
                                "What the failure of a step would undo.",
                                [
                                    "failed": .text("The step that fails."),
                                    "undo": .list(.text(""), "The undos, in their order."),
                                    "status": .choice(Components.statuses, "How the saga would end."),
                                ]), "For each step."),
                        "warnings": .list(.component("Fault"), "What is questionable."),
                    ]))
        ], problems: [.badRequest: "The definition has problems: all of them, with their places."])

    private static func definition(_ object: Schema) -> Body {
        Body(
            schema: .body(
                "The definition.",
                [
                    "definition": .oneOf(
                        [.text("YAML or JSON, at most 256 KiB."), object], "The definition, as text or as an object.")
                ], required: ["definition"]),
            example: ["definition": "name: hello\nsteps:\n  - {name: wait, action: sleep, config: {duration: 1s}}\n"])
    }
}
