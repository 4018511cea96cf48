/// A saga as programs and people see it: the JSON of the API, of `saga show` and of the plugin's output file.
package struct SagaView: Sendable {
    package var saga: Saga
    package var definitionText: String
    package var journal: [StoredEntry]
    package var publicURL: String?
    package var now: Moment
    package var executors: [Executor]
    package var keyHolder: String?

    package init(
        saga: Saga, definitionText: String, journal: [StoredEntry], publicURL: String?, now: Moment,
        executors: [Executor], keyHolder: String? = nil
    ) {
        self.saga = saga
        self.definitionText = definitionText
        self.journal = journal
        self.publicURL = publicURL
        self.now = now
        self.executors = executors
        self.keyHolder = keyHolder
    }

    package var waitingFor: WaitingFor {
        WaitingFor(saga: saga, now: now, executors: executors, keyHolder: keyHolder)
    }

    package var url: String? {
        publicURL.map { base in (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/sagas/\(saga.id)" }
    }

    package var json: JSONValue {
        [
            "id": .string(saga.id), "name": .string(saga.name), "status": .string(saga.status.rawValue),
            "description": .string(saga.definition.description), "definition": .string(definitionText),
            "vars": .object(saga.vars), "outputs": .object(saga.outputs),
            "current_step": Self.text(saga.currentStep), "retry_count": .int(Int64(saga.retryCount)),
            "max_retries": .int(Int64(saga.definition.maxRetries)), "error": Self.text(saga.errorInWords),
            "error_code": Self.text(saga.errorCode?.rawValue), "waiting_for": Self.text(waitingFor.sentence),
            "paused": .bool(saga.isPaused), "origin": saga.origin.json,
            "concurrency_key": Self.text(saga.concurrencyKey), "idempotency_key": Self.text(saga.idempotencyKey),
            "url": Self.text(url), "created_at": Self.time(saga.createdAt), "updated_at": Self.time(saga.updatedAt),
            "completed_at": Self.time(saga.completedAt), "deadline": Self.time(saga.deadline),
            "allowed_operations": .array(saga.allowedOperations.map { .string($0) }),
            "steps": .array(zip(saga.steps, saga.definition.steps).map(step)),
        ]
    }

    private func step(_ step: Step, _ definition: StepDefinition) -> JSONValue {
        let attempts = attempts(of: step)
        return [
            "id": .string("\(saga.id)/\(step.name)"), "saga_id": .string(saga.id), "name": .string(step.name),
            "status": .string(step.status.rawValue), "action": .string(definition.action.rawValue),
            "role": .string(definition.role.rawValue),
            "depends_on": .array(definition.dependsOn.map { .string($0) }),
            "retry_policy": definition.retryPolicy.json, "compensate": Self.text(definition.compensate),
            "compensate_if": .string(definition.compensateIf.rawValue), "pivot": .bool(definition.pivot),
            "continue_on_failure": .bool(definition.continueOnFailure),
            "timeout": .string(GoDuration.text(definition.timeout)), "config": definition.config,
            "output": step.output ?? .null, "error": Self.text(step.error),
            "retry_count": .int(Int64(max(0, step.attempt - 1))), "generation": .int(Int64(step.generation)),
            "idempotency_key": .string(saga.idempotencyKey(of: step)),
            "started_at": Self.time(step.startedAt), "completed_at": Self.time(step.completedAt),
            "deadline": Self.time(step.status == .running ? step.deadline : nil),
            "next_attempt_at": Self.time(step.nextAttemptAt), "attempts": .array(attempts),
            "waiting_for": Self.text(waitingFor.sentence(for: step, definition)),
        ]
    }

    /// The journal entries that end an attempt, and how.
    private static let endings: [JournalEntry.Kind: String] = [
        .attemptFailed: "failed", .stepFailed: "failed", .stepCompleted: "completed", .stepCancelled: "cancelled",
    ]

    /// What the journal tells of the attempts of a step, and the one that is under way.
    private func attempts(of step: Step) -> [JSONValue] {
        var attempts = journal.compactMap { stored -> JSONValue? in
            let data = stored.entry.data
            guard let status = Self.endings[stored.entry.kind] else { return nil }
            guard stored.entry.step == step.name, let number = data["attempt"]?.intValue, number > 0,
                let startedAt = data["started_at"] ?? (status == "completed" ? Self.time(stored.at) : nil)
            else { return nil }
            return [
                "number": .int(number), "generation": data["generation"] ?? 1, "status": .string(status),
                "started_at": startedAt, "finished_at": Self.time(stored.at), "error": data["error"] ?? .null,
                "class": data["class"] ?? .null, "executor": data["executor"] ?? .null,
            ]
        }
        let current: (Moment, String?)? =
            switch step.activity {
            case .begun(let at, let executor): (at, executor)
            case .waiting(let wait): (wait.since, nil)
            case .idle, .owed: nil
            }
        if let (since, executor) = current {
            attempts.append([
                "number": .int(Int64(step.attempt)), "generation": .int(Int64(step.generation)),
                "status": "running", "started_at": Self.time(since), "finished_at": .null, "error": .null,
                "class": .null, "executor": Self.text(executor),
            ])
        }
        return attempts
    }

    private static func text(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    private static func time(_ moment: Moment?) -> JSONValue {
        moment.map { .string($0.description) } ?? .null
    }
}

extension RetryPolicy {
    package var json: JSONValue {
        [
            "max_attempts": .int(Int64(maxAttempts)), "backoff_type": .string(backoffType.rawValue),
            "initial_delay": .string(GoDuration.text(initialDelay)),
            "max_delay": .string(GoDuration.text(maxDelay)), "jitter": .double(jitter),
        ]
    }
}

extension StoredEntry {
    package var json: JSONValue {
        .object([
            "id": .int(id), "saga_id": .string(saga), "at": .string(at.description),
            "kind": .string(entry.kind.rawValue), "step": entry.step.map { .string($0) } ?? .null,
            "actor": entry.actor.map { .string($0) } ?? .null, "reason": entry.reason.map { .string($0) } ?? .null,
            "data": entry.data,
        ])
    }
}
