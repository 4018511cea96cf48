import SagaCore
import TestSupport

/// The outside world of a simulation: what calls answer, and what is heard of three pipelines.
enum World {
    private static let repo = "o/r"
    private static let numbers: ClosedRange<Int> = 1...4

    static var pipelineKeys: [String] { numbers.map { Signal.key(repo: repo, number: Int64($0)) } }

    /// A workflow of one of the pipelines began or ended.
    static func signal(_ random: inout Dice) -> Signal {
        let statuses = ["success", "success", "failure", "running", "pending"]
        return Signal(
            kind: .workflow, server: "", repo: repo, number: Int64(random.number(numbers)),
            status: statuses[random.number(0...statuses.count - 1)], workflow: random.once(in: 2) ? "one" : "two")
    }

    /// Any end that an attempt or a read can come to.
    static func outcome(of order: WorkOrder, now: Moment, _ random: inout Dice) -> Outcome {
        if order.claim.kind == .read { return read(order, now: now, random.once(in: 8) ? now + .seconds(10) : nil) }
        switch order.definition.action {
        case .waitPipeline where !random.once(in: 5),
            .runPipeline where order.claim.kind == .attempt && random.once(in: 2):
            var wait = PipelineWait(server: "", repo: repo, number: Int64(random.number(numbers)))
            wait.workflows = random.once(in: 2) ? ["one", "two"] : []
            wait.healWindow = random.once(in: 4) ? .seconds(20) : .zero
            wait.restartsOnFailure = random.once(in: 3)
            return .waits(Wait(.pipeline(wait), since: now))
        case .approval:
            return .waits(Wait(.approval(message: "go?", approvers: []), since: now))
        case .sleep:
            return .waits(Wait(.sleep(until: now + .seconds(random.number(0...60))), since: now))
        case .api, .shell, .waitPipeline, .waitBuild, .runPipeline:
            return call(order, now: now, &random)
        }
    }

    private static func call(_ order: WorkOrder, now: Moment, _ random: inout Dice) -> Outcome {
        switch random.number(0...8) {
        case 0...4: .succeeded(output: ["done": .string(order.step.name)])
        case 5: .failed(Failure(.retryable, "busy"))
        case 6: .failed(Failure(.permanent, "refused"))
        case 7: .failed(Failure(.unknown, "no answer"))
        default: .postponed(until: now + .seconds(10), reason: "open circuit")
        }
    }

    /// Signals alone decide, as where there is no API token.
    private static func read(_ order: WorkOrder, now: Moment, _ postponed: Moment?) -> Outcome {
        if let postponed { return .postponed(until: postponed, reason: "open circuit") }
        guard var wait = order.step.wait, case .pipeline(let pipeline) = wait.subject else {
            return .failed(Failure(.permanent, "no wait"))
        }
        wait.nextRead = nil
        return pipeline.outcome(of: SignalVerdict.about(pipeline, order.signals), in: wait, now: now)
    }

    /// What happens when nothing goes wrong any more. Waits that nobody ends time out.
    static func calmOutcome(of order: WorkOrder, now: Moment) -> Outcome {
        order.claim.kind == .read ? read(order, now: now, nil) : .succeeded(output: [:])
    }
}
