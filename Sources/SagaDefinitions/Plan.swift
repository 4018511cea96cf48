package import SagaCore

/// What a definition would do: the order of its steps, and what is undone when one of them fails.
///
/// The order is an assumption that makes the answer readable: steps run in waves, a wave being all steps whose
/// dependencies lie in earlier ones. When a step of a wave fails for good, everything else in that wave and the
/// earlier ones has completed, in the order of waves and, within one, of the text. A real run may have completed
/// less of it, and undoes in reverse of what really happened.
package struct Plan: Hashable, Sendable {
    package struct Rollback: Hashable, Sendable {
        package var failed: String
        /// The compensation steps in the order in which they run.
        package var undo: [String]
        /// How the saga ends if every undo succeeds: `compensated`, `failed`, or `completed` where it goes on.
        package var status: String
    }

    package var order: [[String]]
    package var rollback: [Rollback]
    package var warnings: [Problem]

    package init(_ definition: Definition, warnings: [Problem] = []) {
        let forward = definition.steps.filter { $0.role == .forward }
        let index = Dictionary(forward.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let graph = StepGraph(forward.map { $0.dependsOn.compactMap { index[$0] } })
        let last = graph.wave.compactMap(\.self).max() ?? -1
        let waves = (0..<(last + 1)).map { wave in forward.indices.filter { graph.wave[$0] == wave } }
        order = waves.map { $0.map { forward[$0].name } }
        self.warnings = warnings
        var rollback: [Rollback] = []
        var earlier: [StepDefinition] = []
        for wave in waves {
            let steps = wave.map { forward[$0] }
            for failed in steps {
                let completed = earlier + steps.filter { $0.name != failed.name }
                rollback.append(Self.rollback(of: failed, after: completed, in: definition))
            }
            earlier += steps
        }
        self.rollback = rollback
    }

    private static func rollback(
        of failed: StepDefinition, after completed: [StepDefinition], in definition: Definition
    ) -> Rollback {
        if failed.continueOnFailure {
            return Rollback(failed: failed.name, undo: [], status: SagaStatus.completed.rawValue)
        }
        var undo = completed.reversed().compactMap(\.compensate)
        if failed.compensateIf == .attempted, let own = failed.compensate { undo.insert(own, at: 0) }
        guard definition.onFailure == .compensate, !completed.contains(where: \.pivot), !undo.isEmpty else {
            return Rollback(failed: failed.name, undo: [], status: SagaStatus.failed.rawValue)
        }
        return Rollback(failed: failed.name, undo: undo, status: SagaStatus.compensated.rawValue)
    }

    package var json: JSONValue {
        func names(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
        return [
            "order": .array(order.map(names)),
            "rollback": .array(
                rollback.map { ["failed": .string($0.failed), "undo": names($0.undo), "status": .string($0.status)] }),
            "warnings": .array(warnings.map(\.json)),
        ]
    }
}
