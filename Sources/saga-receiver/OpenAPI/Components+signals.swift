import SagaCore

extension Components {
    private static let signalMembers: [String: Schema] = [
        "kind": .choice(Signal.Kind.allCases.map(\.rawValue), "What it is about."),
        "server": .text("The Woodpecker server as in CI_SYSTEM_URL."),
        "repo": .text("The full name of the repository, owner/name."),
        "number": .whole("The pipeline's number.", from: 1, to: .max),
        "status": .text(
            "In Woodpecker's words: \(PipelineStatus.allCases.map(\.rawValue).joined(separator: ", ")). An unknown one "
                + "is kept and ends nothing."),
        "repo_id": .whole("Woodpecker's id of the repository.", from: .min, to: .max),
        "id": .whole("Woodpecker's id of the pipeline, workflow or step.", from: .min, to: .max),
        "workflow": .text("The workflow's name."),
        "workflow_number": .whole("Tells the copies of a matrix apart.", from: .min, to: .max),
        "step": .text("The step's name."), "commit": .text("The commit's hash."), "branch": .text("The branch."),
        "event": .text("The pipeline's event."), "url": .text("The pipeline's page."),
        "image": .text("registry/name:tag; with a digest, the tag may be left out."),
        "digest": .text("Such as sha256:…"), "media_type": .text("Of the image's manifest."),
        "exit_code": .whole("Of the step.", from: .min, to: .max), "error": .text("What Woodpecker said."),
        "at": .time("When it happened, by the sender's clock."),
        "parent": .whole("The pipeline that this one is a restart of.", from: .min, to: .max),
    ]

    static let signal = Schema.object(
        "What is known of a pipeline, a workflow, a step or an image. What the sender does not know is left out.",
        signalMembers, optional: Set(signalMembers.keys).subtracting(["kind", "status"]))

    /// What may be sent: other members are left alone, and each kind needs the names that it speaks of.
    static let sentSignal = Schema.oneOf(
        Signal.Kind.allCases.map(sentSignal), "News of a pipeline, one of its workflows or steps, or an image.")

    private static func sentSignal(_ kind: Signal.Kind) -> Schema {
        var required = ["kind", "status"]
        switch kind {
        case .image: required += ["image"]
        case .pipeline: required += ["server", "repo", "number"]
        case .workflow: required += ["server", "repo", "number", "workflow"]
        case .step: required += ["server", "repo", "number", "step"]
        }
        var members = signalMembers
        if kind == .image { members["tag"] = .text("Where the image's name has none and there is no digest.") }
        var properties = members.mapValues { $0.orNull.json }
        for name in required {
            properties[name] = members[name]?.withContent.json
        }
        // What is empty counts as absent.
        properties["at"] = ["anyOf": [signalMembers["at"]?.orNull.json ?? true, ["const": ""]]]
        properties["kind"] = ["const": .string(kind.rawValue)]
        var schema: [String: JSONValue] = [
            "type": "object", "title": .string("\(kind.rawValue) signal"), "properties": .object(properties),
            "required": .array(required.sorted().map { .string($0) }),
        ]
        if kind == .image { schema["anyOf"] = tagOrDigest }
        return Schema(schema)
    }

    private static let tagOrDigest: JSONValue = [
        ["properties": ["image": ["pattern": ":[^/]+$"]]],
        ["required": ["digest"], "properties": ["digest": ["type": "string", "minLength": 1]]],
        ["required": ["tag"], "properties": ["tag": ["type": "string", "minLength": 1]]],
    ]

    static let listedSignal = Schema.object(
        "A signal of the inbox.",
        [
            "id": .whole("Grows over all signals.", from: 1),
            "source": .text("Who told it: a sender of webhooks, api, or stream."), "received_at": .time(""),
            "matched": .flag("Whether a step waited for it."), "signal": .component("Signal"),
        ])

    static let match = Schema.object(
        "A step that was woken.", ["saga": id, "step": .text("Its name.")])
}

extension Schema {
    /// A text that may not be empty; others stay as they are.
    fileprivate var withContent: Schema {
        members["type"] == "string" ? Schema(members.merging(["minLength": 1]) { $1 }) : self
    }
}
