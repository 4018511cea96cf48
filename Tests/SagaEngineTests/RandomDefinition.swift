import SagaCore
import TestSupport

/// Definitions of every shape: chains, diamonds, loose steps; undos, pivots, timeouts, calls and waits, and both orders of
/// rollback.
enum RandomDefinition {
    /// Weighted: calls most, each kind of wait now and then.
    private static let actions: [ActionKind] = [
        .api, .api, .api, .api, .shell, .waitPipeline, .runPipeline, .approval, .sleep,
    ]

    static func make(_ random: inout Dice) -> Definition {
        let count = random.number(1...6)
        var steps: [StepDefinition] = []
        for number in 0..<count {
            let earlier = (0..<number).filter { _ in random.once(in: 2) }.map { "s\($0)" }
            let hasUndo = !random.once(in: 3)
            steps.append(
                Build.step(
                    "s\(number)", after: earlier, undo: hasUndo ? "u\(number)" : nil,
                    action: actions[random.number(0...actions.count - 1)], attempts: random.number(1...3),
                    timeout: .seconds(random.number(20...600)),
                    compensateIf: random.once(in: 3) ? .attempted : .completed, pivot: random.once(in: 12),
                    continueOnFailure: random.once(in: 8),
                    when: random.once(in: 10) ? ["v": ["other"]] : [:]))
        }
        steps += steps.compactMap(\.compensate).map { Build.undo($0, attempts: 3) }
        return Build.definition(
            steps, timeout: random.once(in: 4) ? .seconds(random.number(30...900)) : nil, maxRetries: 2,
            onFailure: random.once(in: 8) ? .stop : .compensate, order: random.once(in: 2) ? .parallel : .sequential,
            concurrency: random.once(in: 3)
                ? .init(key: "lock", policy: [.queue, .supersede, .reject][random.number(0...2)]) : nil,
            vars: [.init(name: "v", standard: "one")])
    }
}
