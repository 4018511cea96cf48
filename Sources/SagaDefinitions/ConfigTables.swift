import SagaCore

/// The `config` of each action. Any string may be a template, which then stands for a value of the right type.
extension KeyTable {
    /// What Woodpecker says of pipelines, workflows and steps.
    static let statuses = [
        "success", "failure", "error", "killed", "canceled", "declined", "skipped", "blocked", "created", "pending",
        "running",
    ]

    static let api = KeyTable(keys: [
        .init(
            "method", .choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
            "Default: POST, or GET without a body."),
        .init("url", .url, "Where to call.", isRequired: true),
        .init("headers", .map(.scalar, keys: .any), "Request headers."),
        .init("body", .anything, "A map or list is sent as JSON, text as it is."),
        .init("expect_status", .oneOrMany(.statusCode), "Codes or ranges that are a success. Default: 200-299."),
        .init("request_timeout", .timeout, "How long one call may take. Default: 30s."),
        .init("output", .map(.pointer, keys: .outputs), "Outputs to take from the answer's body, by JSON Pointer."),
    ])

    static let shell = KeyTable(
        keys: [
            .init("command", .text, "Text for /bin/sh -c."),
            .init("args", .list(.scalar), "Program and arguments, without a shell."),
            .init("env", .map(.scalar, keys: .any), "Environment variables."),
            .init("working_dir", .text, "Where it runs."),
            .init("attempt_timeout", .timeout, "How long one attempt may take."),
        ],
        rules: [.exactlyOne(["command", "args"])])

    static let waitPipeline = KeyTable(
        keys: [
            repo, number, commit, branch, event, workflows, expect,
            .init("on_failed", onFailed, "restart: a failed pipeline is restarted as the next attempt. Default: fail."),
            healWindow,
        ],
        rules: [.exactlyOne(["number", "commit"]), .neverWith("number", ["branch", "event"])])

    static let waitBuild = KeyTable(
        keys: [
            repo, number, commit, branch, event,
            .init("workflow", .text, "The workflow to wait for."),
            .init("step", .text, "The step to wait for."),
            .init("image", .text, "registry/name:tag; done when the registry has, or announces, that tag."),
            .init("plain_http", .flag, "Speak plain HTTP to the image's registry."),
            expect,
        ],
        rules: [
            .exactlyOne(["number", "commit", "image"]),
            .neverWith("image", ["repo", "branch", "event", "workflow", "step"]),
            .onlyWith("image", ["plain_http"]),
            .neverWith("number", ["branch", "event"]),
            .anyOf(["workflow", "step"], unless: "image"),
        ])

    static let runPipeline = KeyTable(keys: [
        repo,
        .init("branch", .text, "Default: the repository's default branch."),
        .init("variables", .map(.scalar, keys: .any), "Variables of the pipeline."),
        .init("on_cancel", .choice(["cancel", "leave"]), "What becomes of the pipeline. Default: cancel."),
        workflows, expect,
        .init("on_failed", onFailed, "restart: a failed pipeline is restarted as the next attempt. Default: restart."),
        healWindow,
    ])

    static let approval = KeyTable(keys: [
        .init("message", .text, "What the approver reads."),
        .init("approvers", .oneOrMany(.text), "Who may approve. Default: everybody with the scope."),
    ])

    static let sleep = KeyTable(
        keys: [
            .init("duration", .duration, "How long to sleep."),
            .init("until", .time, "When to wake, RFC 3339."),
        ],
        rules: [.exactlyOne(["duration", "until"])])

    private static let repo = Key("repo", .text, "owner/name. Default: the repository that started the saga.")
    private static let number = Key("number", .whole(1...Int.max), "The pipeline's number.")
    private static let commit = Key("commit", .text, "The commit whose pipeline is meant.")
    private static let branch = Key("branch", .text, "Only a pipeline of this branch.")
    private static let event = Key("event", .text, "Only a pipeline of this event.")
    private static let workflows = Key("workflows", .oneOrMany(.text), "Only these workflows count. Default: all.")
    private static let expect = Key(
        "expect", .oneOrMany(.choice(statuses)), "The statuses that are a success. Default: success.")
    private static let healWindow = Key(
        "heal_window", .duration, "How long a failure may be healed by a restart before it counts. Default: 0s.")
    private static let onFailed = KeyType.choice(["fail", "restart"])
}
