import SagaCore
import WoodpeckerClient

/// What one read of a pipeline says about a wait.
struct PipelineReading {
    var wait: PipelineWait
    var run: Pipeline
    var link: String
    var now: Moment

    /// After a cancel the pipeline is terminal at once while its workflows still report, and may flip; after this
    /// time what it says is taken as final.
    private static let settleTime: Duration = .seconds(30)

    private var isOver: Bool { run.knownStatus?.isTerminal == true }
    private var isSettled: Bool { run.finished.map { $0 + Self.settleTime < now } ?? true }

    /// Whether the pipeline says it is over and its parts do not: it is worth reading again soon.
    var mustSettle: Bool {
        isOver && !isSettled && !run.workflows.allSatisfy { $0.knownState?.isTerminal == true }
    }

    var verdict: PipelineVerdict {
        if let step = wait.step { return verdict(step: step) }
        if let workflow = wait.workflow { return verdict(workflows: [workflow]) }
        if !wait.workflows.isEmpty { return verdict(workflows: wait.workflows) }
        guard isOver, !mustSettle else { return .undecided(seen: seen) }
        return .ended(end(run.status, error: run.errors.first ?? whyStopped))
    }

    /// Who or what stopped it. A restarted run keeps what was said of the one before, so it counts only for one that
    /// was stopped.
    private var whyStopped: String? {
        guard run.knownStatus == .killed || run.knownStatus == .canceled else { return nil }
        guard let info = run.cancelInfo else {
            return run.knownStatus == .killed ? "nobody cancelled it, so most likely its timeout passed" : nil
        }
        if let newer = info.supersededBy { return "superseded by pipeline \(newer)" }
        if let step = info.canceledByStep { return "cancelled by its step '\(step)'" }
        return info.canceledByUser.map { "cancelled by \($0)" }
    }

    private var seen: String {
        run.knownStatus == .blocked ? "blocked: it waits for approval at \(link)" : "\(run.status), \(link)"
    }

    private func verdict(workflows names: [String]) -> PipelineVerdict {
        let named = names.map { name in run.workflows.filter { $0.name == name } }
        if let missing = zip(names, named).first(where: { $0.1.isEmpty })?.0 {
            return isOver ? endedWithout("workflow '\(missing)'") : .undecided(seen: seen)
        }
        let all = named.flatMap { $0 }
        guard all.allSatisfy({ $0.knownState?.isTerminal == true }) || isOver && isSettled else {
            return .undecided(seen: seen)
        }
        let bad = all.first { !wait.expect.contains($0.state) && $0.state != "skipped" }
        guard let decisive = bad ?? all.first(where: { wait.expect.contains($0.state) }) ?? all.first else {
            return .undecided(seen: seen)
        }
        var end = end(final(decisive.state), error: decisive.error.isEmpty ? nil : decisive.error)
        if wait.workflow != nil { end.workflow = decisive.name }
        end.startedAt = decisive.started ?? end.startedAt
        end.finishedAt = decisive.finished ?? end.finishedAt
        return .ended(end)
    }

    private func verdict(step name: String) -> PipelineVerdict {
        let workflows = run.workflows.filter { wait.workflow == nil || $0.name == wait.workflow }
        let found = workflows.flatMap { workflow in workflow.children.filter { $0.name == name }.map { (workflow, $0) }
        }
        guard !found.isEmpty else {
            let place = wait.workflow.map { " in workflow '\($0)'" } ?? ""
            return isOver ? endedWithout("step '\(name)'\(place)") : .undecided(seen: seen)
        }
        guard found.allSatisfy({ $0.1.knownState?.isTerminal == true }) || isOver && isSettled else {
            return .undecided(seen: seen)
        }
        guard let (workflow, step) = found.first(where: { !wait.expect.contains($0.1.state) }) ?? found.first else {
            return .undecided(seen: seen)
        }
        var end = end(final(step.state), error: step.error.isEmpty ? nil : step.error)
        end.workflow = workflow.name
        end.step = step.name
        end.exitCode = step.exitCode
        end.startedAt = step.started
        end.finishedAt = step.finished ?? end.finishedAt
        return .ended(end)
    }

    /// A pipeline whose configuration cannot be read has no parts at all, and says why.
    private func endedWithout(_ part: String) -> PipelineVerdict {
        if run.workflows.isEmpty, run.knownStatus != .success, !wait.expect.contains(run.status) {
            return .ended(end(run.status, error: run.errors.first))
        }
        return .without("the pipeline ended without \(part) (\(link))")
    }

    /// After the settling time a part that never reported ends as its pipeline did.
    private func final(_ state: String) -> String {
        PipelineStatus(rawValue: state)?.isTerminal == true ? state : run.status
    }

    private func end(_ status: String, error: String?) -> PipelineEnd {
        var end = PipelineEnd(status: status, decidedBy: "api")
        end.number = run.number
        end.id = run.id
        end.url = link
        end.commit = run.commit
        end.branch = run.branch
        end.event = run.event
        end.startedAt = run.started
        end.finishedAt = run.finished
        end.error = error
        end.restarts = wait.restarts
        return end
    }
}
