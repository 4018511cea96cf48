import SagaCore

extension KeyTable {
    static let saga = KeyTable(keys: [
        .init("name", .name, "The saga's name.", isRequired: true),
        .init("description", .text, "What it is for, shown to people."),
        .init("timeout", .timeout, "The saga's deadline; when it passes, the saga rolls back. Default: none."),
        .init("max_retries", .whole(0...1_000_000), "How often the saga as a whole may be retried. Default: 3."),
        .init(
            "on_failure", .choice(Definition.OnFailure.self),
            "What follows a step that failed for good. Default: compensate."),
        .init(
            "compensation", .choice(Definition.CompensationOrder.self),
            "Undo one step at a time, or independent branches at once. Default: sequential."),
        .init("concurrency", .object(concurrency), "At most one live saga per key, held through compensation."),
        .init(
            "vars", .map(.anything, keys: .variables),
            "Variables and their defaults; one that is null must be given at the start."),
        .init(
            "steps", .list(.object(step), count: 1...DefinitionReader.mostSteps),
            "At most 500; steps without unmet dependencies run in parallel.",
            isRequired: true),
    ])

    static let concurrency = KeyTable(keys: [
        .init("key", .text, "A template over vars, ci and saga.", isRequired: true),
        .init(
            "policy", .choice(Definition.Concurrency.Policy.self),
            "What happens to the second saga with the key. Default: queue."),
    ])

    static let step = KeyTable(keys: [
        .init("name", .name, "Unique in the saga.", isRequired: true),
        .init("action", .choice(ActionKind.self), "What the step does.", isRequired: true),
        .init("depends_on", .oneOrMany(.text), "The steps that must be completed or skipped first. Default: none."),
        .init(
            "when", .map(.oneOrMany(.scalar), keys: .variables),
            "Each variable must match one of its globs (*, ?), else the step is skipped."),
        .init("config", .config, "By action; strings are templates."),
        .init("retry_policy", .object(retryPolicy), "How often the step is tried, and how long it waits in between."),
        .init(
            "timeout", .timeout,
            "The whole step, waits and retries included. Default: wait_* and run_pipeline 2h, approval 24h, others 10m."
        ),
        .init("compensate", .text, "The step that undoes this one."),
        .init(
            "compensate_if", .choice(StepDefinition.CompensateIf.self),
            "attempted: undo also when the outcome is unknown. Default: completed."),
        .init("pivot", .flag, "After this step succeeded the saga only goes forward. Default: false."),
        .init("continue_on_failure", .flag, "A failure is recorded and the saga goes on. Default: false."),
    ])

    static let retryPolicy = KeyTable(keys: [
        .init("max_attempts", .whole(1...1_000_000), "Counts the first try. Default: 3."),
        .init("backoff_type", .choice(BackoffType.self), "How the waiting time grows. Default: exponential."),
        .init("initial_delay", .duration, "The wait after the first try. Default: 5s."),
        .init("max_delay", .duration, "The longest wait between two tries. Default: 60s."),
        .init("jitter", .share, "The largest share by which chance shortens a wait. Default: 0."),
    ])

    static func config(of action: ActionKind) -> KeyTable {
        switch action {
        case .api: api
        case .shell: shell
        case .waitPipeline: waitPipeline
        case .waitBuild: waitBuild
        case .runPipeline: runPipeline
        case .approval: approval
        case .sleep: sleep
        }
    }
}
