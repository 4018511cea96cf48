import SagaCore

/// The operations that a visitor may do now, each a way to the page that asks for a confirmation.
struct OperationButtons {
    let saga: Saga
    let visitor: Visitor
    let links: Links

    var ofSaga: HTML {
        let names = Self.sagaOperations.filter(Self.allowed(saga).contains)
        return buttons(names, at: links.saga(saga.id), about: "of the saga")
    }

    func of(_ step: Step, _ definition: StepDefinition) -> HTML {
        buttons(allowed(step, definition), at: links.saga(saga.id) + "/steps/\(step.name)", about: "step \(step.name)")
            + (visitor.mayOperate ? strangers(step) : "")
    }

    /// The one that does no harm comes first: whoever was just woken may pause a saga and think.
    static let sagaOperations = ["pause", "resume", "retry", "cancel", "compensate", "kill", "vars", "delete"]
    static let stepOperations = ["approve", "reject", "skip", "complete", "fail"]

    /// Names as in the paths of the pages: what `decide` would take of the saga now.
    static func allowed(_ saga: Saga) -> [String] {
        let canChange = saga.allowsChangeOfVars && !saga.definition.vars.isEmpty
        return saga.allowedOperations + (canChange ? ["vars"] : [])
    }

    static func isDangerous(_ name: String) -> Bool {
        ["kill", "delete", "cancel", "reject", "fail"].contains(name)
    }

    /// What `decide` would take for this step from this visitor, as far as it makes sense there.
    func allowed(_ step: Step, _ definition: StepDefinition) -> [String] {
        let ofSaga = saga.allowedOperations
        return Self.stepOperations.filter { name in
            guard ofSaga.contains(name), isApprover(step) else { return false }
            switch name {
            case "approve", "reject":
                if case .approval? = step.wait?.subject { return true }
                return false
            case "complete", "fail": return step.wait != nil
            default: return isSkippable(step, definition)
            }
        }
    }

    /// An undo is skipped when it is its turn, a step of a saga that has ended only where it stands in the way.
    private func isSkippable(_ step: Step, _ definition: StepDefinition) -> Bool {
        if step.status == .failed {
            return saga.status.isTerminal
                ? (definition.role == .compensation) == (saga.status == .compensationFailed) : true
        }
        if step.wait != nil { return true }
        let role: StepDefinition.Role = saga.status == .compensating ? .compensation : .forward
        return step.status == .pending && !saga.status.isTerminal && definition.role == role
    }

    private func isApprover(_ step: Step) -> Bool {
        guard case .approval(_, let approvers)? = step.wait?.subject, !approvers.isEmpty else { return true }
        return approvers.contains(visitor.caller.name)
    }

    private func strangers(_ step: Step) -> HTML {
        guard !isApprover(step), case .approval(_, let approvers)? = step.wait?.subject else { return "" }
        return "<p class=\"quiet\">Only \(approvers.joined(separator: ", ")) may decide this.</p>"
    }

    private func buttons(_ names: [String], at path: String, about what: String) -> HTML {
        guard visitor.mayOperate, !names.isEmpty else { return "" }
        let buttons: [HTML] = names.map { name in
            let look =
                Self.isDangerous(name)
                ? "danger" : ["approve", "retry", "resume", "pause"].contains(name) ? "primary" : ""
            return """
                <form method="get" action="\(path)/\(name)"><button class="\(look)">\(OperationText(name).title)\
                <span class="visually-hidden"> \(what)</span> …</button></form>
                """
        }
        return "<div class=\"operations\">\(buttons)</div>"
    }
}
