/// Which steps may start.
extension Saga {
    /// The forward steps that have not started and whose dependencies are all satisfied.
    package var runnable: [StepDefinition] {
        let done = Set(
            steps.indices.lazy.filter { index in
                steps[index].status.satisfiesDependants
                    || steps[index].status == .failed && definition.steps[index].continueOnFailure
            }.map { steps[$0].name })
        return steps.indices.filter { index in
            definition.steps[index].role == .forward && steps[index].status == .pending && !steps[index].tombstone
                && definition.steps[index].dependsOn.allSatisfy(done.contains)
        }.map { definition.steps[$0] }
    }

    var hasRunningForwardStep: Bool {
        steps.indices.contains { definition.steps[$0].role == .forward && steps[$0].status == .running }
    }

    /// Nothing is left to do forward.
    var isForwardDone: Bool {
        steps.indices.allSatisfy { definition.steps[$0].role != .forward || steps[$0].status.isTerminal }
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
