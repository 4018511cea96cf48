/// What people may ask of a saga, each with the statuses it is allowed in.
extension Decision {
    mutating func operate(_ operation: Operation, by actor: Actor) throws(Refusal) {
        switch operation {
        case .retry(let force): try retry(force: force, by: actor)
        case .skip(let name): try skip(name, by: actor)
        case .complete(let name, let output):
            try waiting(name, operation, by: actor)
            complete(name, output: output, by: actor)
        case .fail(let name):
            let step = try waiting(name, operation, by: actor)
            oweCancel(of: step, step.wait)
            failForGood(step, Failure(.permanent, said(actor, "failed by")), by: actor)
        case .approve(let name):
            try approval(name, operation, by: actor)
            complete(
                name,
                output: .object(compacting: [
                    "approved_by": .string(actor.name), "comment": actor.reason.map { .string($0) },
                    "at": .string(now.description),
                ]), by: actor)
        case .reject(let name):
            let step = try approval(name, operation, by: actor)
            failForGood(step, Failure(.permanent, said(actor, "rejected by")), by: actor)
        case .cancel: try cancel(.cancelled, said(actor, "cancelled by"), operation, by: actor)
        case .supersede(let newer):
            try cancel(.superseded, "superseded by saga \(newer)", operation, by: actor)
        case .kill: try kill(by: actor)
        case .compensate: try compensateByHand(by: actor)
        case .pause:
            guard !saga.status.isTerminal, !saga.isPaused else { throw refusal(operation) }
            saga.pausedAt = now
            note(.paused, by: actor)
        case .resume: try resume(by: actor)
        case .changeVars(let vars): try change(vars, by: actor)
        }
    }

    private func refusal(_ operation: Operation) -> Refusal {
        .notAllowed(operation: operation.name, status: saga.statusInWords, allowed: saga.allowedOperations)
    }

    private func said(_ actor: Actor, _ what: String) -> String {
        "\(what) \(actor.name)" + (actor.reason.map { ": \($0)" } ?? "")
    }

    // MARK: The whole saga

    private mutating func retry(force: Bool, by actor: Actor) throws(Refusal) {
        guard saga.status == .failed || saga.status == .compensationFailed else {
            throw refusal(.retry(force: force))
        }
        guard force || saga.retryCount < saga.definition.maxRetries else {
            throw .retriesExhausted(limit: saga.definition.maxRetries)
        }
        saga.retryCount += 1
        note(.retried, by: actor, ["force": force ? .bool(true) : nil])
        let role: StepDefinition.Role = saga.hasTombstone ? .compensation : .forward
        for definition in saga.definition.steps where definition.role == role {
            change(definition.name) { step in
                guard step.status == .failed else { return }
                step.reset()
            }
        }
        goOn()
    }

    /// Puts a saga that had ended back to work: forward, or where undoing had begun, on with undoing.
    private mutating func goOn() {
        saga.completedAt = nil
        if saga.hasTombstone {
            saga.status = .compensating
        } else {
            saga.status = .running
            saga.error = nil
            saga.errorCode = nil
            saga.deadline = saga.definition.timeout.map { now + $0 }
        }
        advance()
    }

    private mutating func cancel(
        _ code: ErrorCode, _ message: String, _ operation: Operation, by actor: Actor
    ) throws(Refusal) {
        switch saga.status {
        case .pending:
            note(.cancelled, by: actor)
            endPending(code, message, by: actor)
        case .running where !saga.isDraining:
            note(.cancelled, by: actor)
            drain(code, message, by: actor)
        case .running, .completed, .failed, .compensating, .compensated, .compensationFailed:
            throw refusal(operation)
        }
    }

    private mutating func kill(by actor: Actor) throws(Refusal) {
        guard !saga.status.isTerminal else { throw refusal(.kill) }
        guard let reason = actor.reason, !reason.isEmpty else { throw .reasonRequired(operation: "kill") }
        note(.killed, by: actor)
        for step in saga.steps where step.status == .running {
            saga.endings += 1
            move(step.name) {
                if case .begun = $0.activity { $0.lastFailure = .unknown }
                $0.lastWait = step.wait ?? $0.lastWait
                $0.activity = .idle
                $0.status = .failed
                $0.error = "abandoned: the saga was killed"
                $0.completedAt = $1.now
                $0.sequence = $1.endings
            }
            note(
                .stepFailed, step: step.name, by: actor,
                attemptData(of: step, Failure(.unknown, "abandoned: the saga was killed")))
        }
        abandonCancels(by: actor)
        saga.pausedAt = nil
        saga.errorCode = .killed
        saga.error = said(actor, "killed by")
        end(.failed, .sagaFailed, by: actor)
    }

    private mutating func compensateByHand(by actor: Actor) throws(Refusal) {
        guard saga.status == .failed || saga.status == .completed else { throw refusal(.compensate) }
        let open = saga.undoTargets.contains { $0.compensate.flatMap { saga.step($0)?.status } != .completed }
        guard open else { throw .nothingToUndo }
        if saga.status == .completed {
            saga.errorCode = .cancelled
            saga.error = said(actor, "rolled back by")
        }
        note(.compensated, by: actor)
        for definition in saga.definition.steps where definition.role == .compensation {
            change(definition.name) { if $0.status == .failed { $0.reset() } }
        }
        compensate(by: actor)
    }

    private mutating func resume(by actor: Actor) throws(Refusal) {
        guard let pausedAt = saga.pausedAt else { throw refusal(.resume) }
        let length = now - pausedAt
        saga.pausedAt = nil
        saga.deadline = saga.deadline.map { $0 + length }
        for index in saga.steps.indices where saga.steps[index].status == .running {
            saga.steps[index].deadline = saga.steps[index].deadline.map { $0 + length }
            if var wait = saga.steps[index].wait, case .sleep(let until) = wait.subject {
                wait.subject = .sleep(until: until + length)
                saga.steps[index].activity = .waiting(wait)
            }
        }
        note(.resumed, by: actor, ["paused_for": .string(GoDuration.text(length))])
        advance()
    }

    private mutating func change(_ vars: [String: JSONValue], by actor: Actor) throws(Refusal) {
        guard saga.allowsChangeOfVars else { throw refusal(.changeVars(vars)) }
        for name in vars.keys.sorted() where !saga.definition.vars.contains(where: { $0.name == name }) {
            throw .unknownVariable(name)
        }
        let old = vars.keys.reduce(into: [String: JSONValue]()) { $0[$1] = saga.vars[$1] ?? .null }
        saga.initialVars = saga.initialVars ?? saga.vars
        saga.vars.merge(vars) { _, new in new }
        note(.varsChanged, by: actor, ["from": .object(old), "to": .object(vars)])
    }

    // MARK: One step

    private mutating func skip(_ name: String, by actor: Actor) throws(Refusal) {
        guard let step = saga.step(name), let definition = saga.definition.step(name) else { throw .noSuchStep(name) }
        switch saga.status {
        case .pending, .running, .compensating, .failed, .compensationFailed: break
        case .completed, .compensated: throw refusal(.skip(step: name))
        }
        let isSkippable = step.status == .pending || step.status == .failed || step.wait != nil
        guard isSkippable else {
            throw .stepNotAllowed(operation: "skip", step: name, status: saga.inWords(step))
        }
        try checkApprover(definition, step, actor)
        move(name) {
            $0.status = .skipped
            $0.lastWait = step.wait ?? $0.lastWait
            $0.activity = .idle
            $0.completedAt = $1.now
            $0.error = nil
        }
        note(.stepSkipped, step: name, by: actor)
        if saga.status == .failed || saga.status == .compensationFailed {
            guard !saga.hasFailedStep(in: saga.hasTombstone ? .compensation : .forward) else { return }
            goOn()
        } else {
            advance()
        }
    }

    @discardableResult
    private func waiting(_ name: String, _ operation: Operation, by actor: Actor) throws(Refusal) -> Step {
        guard let step = saga.step(name), let definition = saga.definition.step(name) else { throw .noSuchStep(name) }
        guard step.wait != nil else {
            throw .stepNotAllowed(operation: operation.name, step: name, status: saga.inWords(step))
        }
        try checkApprover(definition, step, actor)
        return step
    }

    @discardableResult
    private func approval(_ name: String, _ operation: Operation, by actor: Actor) throws(Refusal) -> Step {
        guard let step = saga.step(name) else { throw .noSuchStep(name) }
        guard case .approval? = step.wait?.subject else {
            throw .stepNotAllowed(operation: operation.name, step: name, status: saga.inWords(step))
        }
        return try waiting(name, operation, by: actor)
    }

    /// The list binds everything that ends the approval, whatever the scope of whoever asks.
    private func checkApprover(_ definition: StepDefinition, _ step: Step, _ actor: Actor) throws(Refusal) {
        guard case .approval(_, let approvers)? = step.wait?.subject, !approvers.isEmpty else { return }
        guard approvers.contains(actor.name) else { throw .notAnApprover(name: actor.name, step: definition.name) }
    }
}

extension Step {
    /// Back to the start, with a new idempotency key unless the callee may have acted and must be able to tell.
    fileprivate mutating func reset() {
        if lastFailure != .unknown { generation += 1 }
        status = .pending
        activity = .idle
        attempt = 0
        startedAt = nil
        completedAt = nil
        sequence = nil
        deadline = nil
        output = nil
        error = nil
        lastWait = nil
    }
}

extension Saga {
    /// What `decide` would take in this status, for error texts and buttons.
    package var allowedOperations: [String] {
        var names: [String] = []
        switch status {
        case .pending: names = ["cancel", "kill", "skip"]
        case .running:
            names = (isDraining ? [] : ["cancel"]) + ["kill", "skip", "complete", "fail", "approve", "reject"]
        case .compensating: names = ["kill", "skip", "complete", "fail"]
        case .failed: names = ["retry", "skip", "compensate", "delete"]
        case .compensationFailed: names = ["retry", "skip", "delete"]
        case .completed: names = ["compensate", "delete"]
        case .compensated: names = ["delete"]
        }
        if !status.isTerminal { names.append(isPaused ? "resume" : "pause") }
        return names
    }

    /// Not while steps are being started with what would change below them.
    package var allowsChangeOfVars: Bool { isPaused || status == .failed }

    var statusInWords: String {
        (isPaused ? "paused (" : "") + status.rawValue + (isDraining ? ", ending" : "") + (isPaused ? ")" : "")
    }

    func inWords(_ step: Step) -> String {
        switch step.activity {
        case .idle: step.status.rawValue
        case .owed: "running (between attempts)"
        case .begun: "running (an attempt is under way)"
        case .waiting: "running (waiting)"
        }
    }

    /// Whether undoing has begun: from then on there is no way forward.
    var hasTombstone: Bool { steps.contains { $0.tombstone } }

    func hasFailedStep(in role: StepDefinition.Role) -> Bool {
        definition.steps.contains {
            $0.role == role && !$0.continueOnFailure && step($0.name)?.status == .failed
        }
    }
}
