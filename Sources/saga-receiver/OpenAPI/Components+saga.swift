import SagaCore

extension Components {
    static let saga = Schema.object(
        "A saga: one run of a definition.",
        [
            "id": id, "name": .text("The definition's name."),
            "status": .choice(statuses, "Terminal are completed, failed, compensated and compensation_failed."),
            "description": .text("The definition's description; empty where it has none."),
            "definition": .text("The definition as it was given."),
            "vars": .map("The variables, defaults included."),
            "outputs": .map("The outputs of completed steps by their names."),
            "current_step": .text("The first step that runs, or failed.").orNull,
            "retry_count": .whole("How often the saga as a whole was retried.", from: 0),
            "max_retries": .whole("How often it may be retried without force.", from: 0),
            "error": .text("Why it did not complete, for people.").orNull,
            "error_code": .choice(ErrorCode.allCases.map(\.rawValue), "Why it did not complete, for programs.").orNull,
            "waiting_for": .text(
                "One sentence: what it waits for, since when, until when, and what happens then; null once it is over."
            ).orNull,
            "paused": .flag("Whether nothing new starts until somebody resumes it."), "origin": .component("Origin"),
            "concurrency_key": .text("At most one live saga has it.").orNull,
            "idempotency_key": .text("The key that it was started with.").orNull,
            "url": .text("Its page in the dashboard, where SAGA_PUBLIC_URL is set.").orNull,
            "created_at": .time("When it was started."), "updated_at": .time("When it last changed."),
            "completed_at": .time("When it ended, in whatever way.").orNull,
            "deadline": .time("When it rolls back by itself.").orNull,
            "allowed_operations": .list(.text(""), "What may be asked of it now; step operations included."),
            "steps": .list(.component("Step"), "In the order of the definition, undos included."),
        ])

    static let step = Schema.object(
        "A step of a saga.",
        [
            "id": .text("The saga's id and the step's name, with a slash between."), "saga_id": id,
            "name": .text("Unique in its saga."), "status": .choice(StepStatus.allCases.map(\.rawValue), ""),
            "action": .choice(ActionKind.allCases.map(\.rawValue), "What it does."),
            "role": .choice(
                StepDefinition.Role.allCases.map(\.rawValue), "A compensation step runs only to undo another one."),
            "depends_on": .list(.text(""), "The steps before it."), "retry_policy": .component("RetryPolicy"),
            "compensate": .text("The step that undoes it.").orNull,
            "compensate_if": .choice(StepDefinition.CompensateIf.allCases.map(\.rawValue), ""),
            "pivot": .flag("Whether the saga only goes forward once it succeeded."),
            "continue_on_failure": .flag("Whether the saga goes on if it fails."),
            "timeout": .text("Of the whole step, as a duration such as 1m30s."),
            "config": .anything("As in the definition, with its templates."),
            "output": .anything("What it gave; null before its end."),
            "error": .text("Why it failed, or its last attempt did.").orNull,
            "retry_count": .whole("Attempts less one.", from: 0),
            "generation": .whole("Grows by an operator's retry.", from: 1),
            "idempotency_key": .text("What every call of it carries: saga, step and generation."),
            "started_at": .time("When its first attempt began.").orNull,
            "completed_at": .time("When it ended, in whatever way.").orNull,
            "deadline": .time("When it times out; null unless it runs.").orNull,
            "next_attempt_at": .time("When it is tried again.").orNull,
            "attempts": .list(.component("Attempt"), "Oldest first."),
            "waiting_for": .text("One sentence, as that of the saga; null once it is over.").orNull,
        ])

    static let attempt = Schema.object(
        "One try of a step, or a wait.",
        [
            "number": .whole("From 1 in each generation.", from: 1), "generation": .whole("", from: 1),
            "status": .choice(["running", "completed", "failed", "cancelled"], ""), "started_at": .time(""),
            "finished_at": .time("").orNull, "error": .text("").orNull,
            "class": .choice(["retryable", "permanent", "unknown"], "How it failed.").orNull,
            "executor": .text("The process that ran it.").orNull,
        ])

    static let retryPolicy = Schema.object(
        "How often and when a step is tried again.",
        [
            "max_attempts": .whole("The first try included.", from: 1),
            "backoff_type": .choice(BackoffType.allCases.map(\.rawValue), ""),
            "initial_delay": .text("A duration."), "max_delay": .text("A duration."),
            "jitter": .number("Up to which share a delay is shortened by chance, 0 to 1."),
        ])

    static let origin = Schema.object(
        "Where a saga was started. Of what is sent, CI_* values and the members here are kept, credentials never.",
        [
            "ci": .map("CI_* names and values, captured at the start."), "server": .anything("CI_SYSTEM_URL."),
            "repo": .anything("The full name of the repository."), "pipeline": .anything("The pipeline's number."),
            "workflow": .anything("The workflow's name."), "step": .anything("The step's name."),
            "commit": .anything("The commit's hash."), "branch": .anything("The branch."),
            "event": .anything("The pipeline's event."), "url": .anything("The pipeline's page."),
            "author": .anything("Who started the pipeline."), "parent": .anything("The pipeline it is a restart of."),
            "previous": .anything("The saga that an earlier run of the pipeline had started."),
        ],
        optional: [
            "server", "repo", "pipeline", "workflow", "step", "commit", "branch", "event", "url", "author", "parent",
            "previous",
        ])

    static let journalEntry = Schema.object(
        "A line of a saga's history.",
        [
            "id": .whole("Grows over all sagas.", from: 1), "saga_id": id, "at": .time("When it was committed."),
            "kind": .choice(JournalEntry.Kind.allCases.map(\.rawValue), "What happened."),
            "step": .text("To which step.").orNull, "actor": .text("Who asked for it.").orNull,
            "reason": .text("Why, in their words.").orNull, "data": .anything("More, by kind."),
        ])
}
