/// Which steps may start.
extension Saga {
    /// The forward steps that have not started and whose dependencies are all satisfied.
    package var runnable: [StepDefinition] {
        let status = Dictionary(uniqueKeysWithValues: steps.map { ($0.name, $0) })
        return forward.filter { definition in
            guard let step = status[definition.name], step.status == .pending, !step.tombstone else { return false }
            return definition.dependsOn.allSatisfy { name in
                guard let dependency = status[name] else { return false }
                return dependency.status.satisfiesDependants
                    || dependency.status == .failed && self.definition.step(name)?.continueOnFailure == true
            }
        }
    }

    var hasRunningForwardStep: Bool {
        forward.contains { step($0.name)?.status == .running }
    }

    /// Nothing is left to do forward.
    var isForwardDone: Bool {
        forward.allSatisfy { step($0.name)?.status.isTerminal == true }
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
