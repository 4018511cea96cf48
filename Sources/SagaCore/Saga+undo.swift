/// Which steps have to be undone, in which order, and which undos may start.
extension Saga {
    /// The steps whose undo belongs to a rollback from here, in reverse order of their ends.
    ///
    /// A completed step, or with `compensate_if: attempted` one that was tried and may have done something.
    package var undoTargets: [StepDefinition] {
        forward
            .compactMap { definition -> (StepDefinition, Int)? in
                guard definition.compensate != nil, let step = step(definition.name) else { return nil }
                let mustUndo =
                    switch step.status {
                    case .completed: true
                    case .failed: definition.compensateIf == .attempted && step.wasAttempted
                    case .pending, .running, .skipped: false
                    }
                return mustUndo ? (definition, step.sequence ?? 0) : nil
            }
            .sorted { $0.1 > $1.1 }
            .map { $0.0 }
    }

    /// The targets whose undo may start now.
    var startableUndos: [StepDefinition] {
        let targets = undoTargets
        let blocked = blockedByFailedUndos(targets)
        let open = targets.filter { undoStatus($0) == .pending && !blocked.contains($0.name) }
        switch definition.compensation {
        case .sequential:
            return hasRunningUndo ? [] : Array(open.prefix(1))
        case .parallel:
            return open.filter { target in
                targets.allSatisfy { other in
                    undoStatus(other)?.satisfiesDependants == true
                        || !definition.dependencies(of: other.name).contains(target.name)
                }
            }
        }
    }

    /// What a step with a failed undo depends on still stands on that step, so it cannot be undone either.
    private func blockedByFailedUndos(_ targets: [StepDefinition]) -> Set<String> {
        targets.filter { undoStatus($0) == .failed }
            .reduce(into: []) { $0.formUnion(definition.dependencies(of: $1.name)) }
    }

    private func undoStatus(_ target: StepDefinition) -> StepStatus? {
        target.compensate.flatMap { step($0)?.status }
    }

    var hasRunningUndo: Bool {
        definition.steps.contains { $0.role == .compensation && step($0.name)?.status == .running }
    }

    /// The completed step after which the saga only goes forward.
    package var passedPivot: String? {
        forward.first { $0.pivot && step($0.name)?.status == .completed }?.name
    }
}

extension Definition {
    /// Everything that a step stands on, directly or through others.
    package func dependencies(of name: String) -> Set<String> {
        var found: Set<String> = []
        var open = step(name)?.dependsOn ?? []
        while let next = open.popLast() {
            if found.insert(next).inserted { open += step(next)?.dependsOn ?? [] }
        }
        return found
    }
}
