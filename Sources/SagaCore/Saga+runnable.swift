/// Which steps may start.
extension Saga {
    /// The forward steps that have not started and whose dependencies are all satisfied.
    package var runnable: [StepDefinition] {
        let parts = zip(steps, definition.steps)
        let done = Set(
            parts.lazy.filter { step, definition in
                step.status.satisfiesDependants || step.status == .failed && definition.continueOnFailure
            }.map(\.0.name))
        return parts.lazy.filter { step, definition in
            definition.role == .forward && step.status == .pending && !step.tombstone
                && definition.dependsOn.allSatisfy(done.contains)
        }.map(\.1)
    }

    var hasRunningForwardStep: Bool {
        zip(steps, definition.steps).contains { $1.role == .forward && $0.status == .running }
    }

    /// Nothing is left to do forward.
    var isForwardDone: Bool {
        zip(steps, definition.steps).allSatisfy { $1.role != .forward || $0.status.isTerminal }
    }

    /// Whether every variable that `when` lists matches one of its globs. A variable without a value matches only
    /// as the empty text.
    func matches(_ when: [String: [String]]) -> Bool {
        when.allSatisfy { name, globs in
            let value = vars[name]
            let text = value == nil || value?.isNull == true ? "" : value?.text ?? ""
            return globs.contains { glob in
                guard Template.isIn(glob) else { return Glob(glob).matches(text) }
                guard let rendered = try? JSONValue.string(glob).rendered(in: context) else { return false }
                return Glob(rendered.text).matches(text)
            }
        }
    }
}
