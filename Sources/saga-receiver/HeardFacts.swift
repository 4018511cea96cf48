import SagaCore
import WoodpeckerClient

/// What a connection to the event stream has said so far, so that the many repetitions in it are stored once.
struct HeardFacts {
    private var last: [Int64: String] = [:]
    /// Beyond that many pipelines all is forgotten; the store knows what it has.
    private static let enough = 1000

    /// What an event tells those who wait, and the name under which the same news are known again; no signals where
    /// nothing is new.
    ///
    /// Of workflows and steps only the ends count, and only where somebody asks for parts.
    func news(in event: StreamEvent, server: String, for waits: [PipelineWait]) -> (signals: [Signal], key: String) {
        let pipeline = event.pipeline
        let whole = pipeline.signal(server: server, repo: event.repo)
        var facts = [pipeline.status]
        var signals = [whole]
        let wantsSteps = waits.contains { $0.step != nil }
        let wantsWorkflows = waits.contains { $0.workflow != nil || !$0.workflows.isEmpty }
        for workflow in pipeline.workflows where wantsWorkflows && workflow.knownState?.isTerminal == true {
            facts.append("\(workflow.pid)=\(workflow.state)")
            signals.append(workflow.signal(of: whole))
        }
        for workflow in pipeline.workflows where wantsSteps {
            for step in workflow.children where step.knownState?.isTerminal == true {
                guard waits.contains(where: { $0.step == step.name }) else { continue }
                facts.append("\(workflow.pid).\(step.pid)=\(step.state)")
                signals.append(step.signal(in: workflow, of: whole))
            }
        }
        let key = "\(event.repo.id)/\(pipeline.id) " + facts.joined(separator: " ")
        return last[pipeline.id] == key ? ([], key) : (signals, key)
    }

    mutating func remember(_ pipeline: Int64, _ key: String) {
        if last.count >= Self.enough { last.removeAll(keepingCapacity: true) }
        last[pipeline] = key
    }
}

extension Workflow {
    fileprivate func signal(of pipeline: Signal) -> Signal {
        var signal = pipeline
        signal.kind = .workflow
        signal.status = state
        signal.id = nil
        signal.workflow = name
        signal.workflowNumber = pid
        signal.error = error.isEmpty ? nil : error
        signal.at = finished
        return signal
    }
}

extension Workflow.Step {
    fileprivate func signal(in workflow: Workflow, of pipeline: Signal) -> Signal {
        var signal = pipeline
        signal.kind = .step
        signal.status = state
        signal.id = nil
        signal.workflow = workflow.name
        signal.workflowNumber = workflow.pid
        signal.step = name
        signal.exitCode = exitCode
        signal.error = error.isEmpty ? nil : error
        signal.at = finished
        return signal
    }
}
