import SagaCore

/// An operation in words for people who are about to ask for it.
struct OperationText {
    let name: String

    init(_ name: String) {
        self.name = name
    }

    var title: String {
        switch name {
        case "compensate": "Roll back"
        case "vars": "Change variables"
        default: name.prefix(1).uppercased() + name.dropFirst()
        }
    }

    /// The last word before it is done; "Cancel" alone might be taken for the way back.
    func button(ofStep: Bool) -> String {
        name == "vars" ? "Change the variables" : title + (ofStep ? " the step" : " the saga")
    }

    /// What will happen, before it is asked for.
    func consequence(_ saga: Saga, step: String?) -> String {
        let step = step ?? ""
        let undo = undoList(saga)
        switch name {
        case "retry":
            return saga.status == .compensationFailed || saga.steps.contains(where: \.tombstone)
                ? "The failed undos are tried again, with all their attempts. Steps that completed do not run again."
                : "The failed steps are tried again, with all their attempts and a new deadline. Steps that completed "
                    + "do not run again. This is retry \(saga.retryCount + 1) of \(saga.definition.maxRetries)."
        case "cancel":
            return saga.status == .pending
                ? "The saga ends as failed before anything has run."
                : "Nothing new starts, running attempts come to their own end, then " + undo
        case "kill":
            return "The saga ends as failed at once. Running attempts are abandoned, whatever they are doing, and "
                + "nothing is rolled back. Retrying it or rolling it back stays possible."
        case "compensate": return "What was completed is rolled back: " + undo
        case "pause":
            return "Nothing new starts until somebody resumes it. Running attempts finish, and deadlines stand still."
        case "resume": return "The saga goes on. Its deadlines move by the length of the pause."
        case "vars":
            let then = saga.isPaused ? "the saga goes on" : "the saga is retried"
            return "Steps that start once \(then) get the new values. What has completed does not run again, and "
                + "nothing starts now."
        case "delete": return "The saga and its journal are removed for good."
        case "approve": return "Step '\(step)' completes, and what depends on it starts."
        case "reject": return "Step '\(step)' fails for good, then " + failure(saga, step, undo)
        case "fail": return "Step '\(step)' stops waiting and fails for good, then " + failure(saga, step, undo)
        case "skip":
            return saga.definition.step(step)?.role == .compensation
                ? "Undo '\(step)' is not run, and the rollback goes on as if it had been."
                : "Step '\(step)' is left out, and what depends on it goes on as if it had completed."
        case "complete":
            return "Step '\(step)' stops waiting and completes with the output that you give, and what depends on it "
                + "starts."
        default: return ""
        }
    }

    private func failure(_ saga: Saga, _ step: String, _ undo: String) -> String {
        guard let definition = saga.definition.step(step) else { return undo }
        if definition.role == .compensation {
            return "the undos of what it depended on are not run, and the rollback ends as failed."
        }
        return definition.continueOnFailure ? "the saga goes on, since this step may fail." : undo
    }

    /// The rest of a sentence.
    private func undoList(_ saga: Saga) -> String {
        let steps = saga.definition.steps
        if name != "compensate", saga.definition.onFailure == .stop {
            return "the saga ends as failed; its definition says that nothing is rolled back then."
        }
        if name != "compensate", let pivot = saga.passedPivot {
            return "the saga ends as failed; after '\(pivot)' there is no way back."
        }
        let undos = saga.undoTargets.compactMap(\.compensate).filter { saga.step($0)?.status != .completed }
        let more =
            steps.contains { $0.compensate != nil && saga.step($0.name)?.status == .running }
            ? " What still runs is undone too, if it completes." : ""
        return undos.isEmpty
            ? "the saga ends as failed; nothing that has completed so far has an undo." + more
            : "these undos run: " + undos.map { "'\($0)'" }.joined(separator: ", ") + "." + more
    }
}
