/// Ending: draining what runs, undoing what was done, and the last status.
extension Decision {
    /// Stops going forward. Waits and attempts that nobody runs are cancelled; running attempts come to their end.
    mutating func drain(_ code: ErrorCode, _ message: String, by actor: Actor? = nil) {
        saga.errorCode = code
        saga.error = message
        note(.rollbackDecided, by: actor, ["error_code": .string(code.rawValue), "error": .string(message)])
        for definition in saga.forward {
            guard let step = saga.step(definition.name), step.status == .running else { continue }
            switch step.activity {
            case .waiting(let wait): cancel(step, keeping: wait)
            case .owed: cancel(step, keeping: nil)
            case .begun, .idle: break
            }
        }
        advance()
    }

    /// Ends a step that waits or is owed an attempt, without running anything. One that was never tried is as good
    /// as not started.
    mutating func cancel(_ step: Step, keeping wait: Wait?) {
        let wasTried = step.wasAttempted || wait != nil
        let why = "cancelled: " + (saga.error ?? "the saga is ending")
        note(.stepCancelled, step: step.name, attemptData(of: step))
        if wasTried { saga.endings += 1 }
        move(step.name) {
            $0.activity = .idle
            if wasTried {
                $0.status = .failed
                $0.error = why + ($0.error.map { "; last: \($0)" } ?? "")
                $0.completedAt = $1.now
                $0.sequence = $1.endings
                $0.lastWait = wait ?? $0.lastWait
            } else {
                $0.status = .pending
                $0.attempt = 0
                $0.startedAt = nil
                $0.deadline = nil
            }
        }
        oweCancel(of: step, wait)
    }

    /// Everything that ran forward has ended: undo it, or end.
    mutating func endForward() {
        let pivot = saga.passedPivot
        if saga.definition.onFailure == .stop || pivot != nil || saga.undoTargets.isEmpty {
            if let pivot, !saga.undoTargets.isEmpty {
                saga.error = (saga.error ?? "") + " (not rolled back: step '\(pivot)' is the point of no return)"
            }
            end(.failed, .sagaFailed)
        } else {
            compensate()
        }
    }

    mutating func compensate(by actor: Actor? = nil) {
        saga.status = .compensating
        saga.completedAt = nil
        note(
            .compensationStarted, by: actor,
            ["undo": .array(saga.undoTargets.compactMap { $0.compensate.map { .string($0) } })])
        advanceCompensation()
    }

    /// Starts the undos that may run now; ends the saga when none runs and none can start.
    mutating func advanceCompensation() {
        guard !saga.isPaused else { return }
        for target in saga.startableUndos {
            guard let undo = target.compensate.flatMap({ saga.definition.step($0) }) else { continue }
            change(target.name) { $0.tombstone = true }
            begin(undo)
        }
        guard !saga.hasRunningUndo, !saga.owesCancel else { return }
        let failed = saga.definition.steps.filter { $0.role == .compensation && saga.step($0.name)?.status == .failed }
        if failed.isEmpty {
            end(.compensated, .sagaCompensated)
        } else {
            end(.compensationFailed, .sagaCompensationFailed)
        }
    }

    mutating func endPending(_ code: ErrorCode, _ message: String, by actor: Actor? = nil) {
        saga.errorCode = code
        saga.error = message
        end(.failed, .sagaFailed, by: actor)
    }

    mutating func end(_ status: SagaStatus, _ kind: JournalEntry.Kind, by actor: Actor? = nil) {
        saga.status = status
        saga.completedAt = now
        if status == .completed {
            saga.error = nil
            saga.errorCode = nil
        }
        note(
            kind, by: actor,
            [
                "error_code": saga.errorCode.map { .string($0.rawValue) },
                "error": saga.errorInWords.map { .string($0) },
            ])
    }
}
