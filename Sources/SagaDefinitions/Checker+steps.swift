import SagaCore

/// How the steps hang together.
extension Checker {
    mutating func checkSteps(_ outline: Outline) {
        var first: [String: Outline.Step] = [:]
        for (number, step) in outline.steps.enumerated() {
            if let name = step.name {
                if let earlier = first[name] {
                    let line = earlier.place(of: "name").line
                    error(
                        "another step is already called '\(name)', in line \(line)",
                        step.node["name"]?.place ?? step.node.place, JSONValue.path(step.path, "name"))
                } else {
                    first[name] = step
                }
            }
            checkConfig(step)
            checkDependencies(number, outline)
            checkCompensation(number, outline)
            checkPairs(step)
        }
    }

    private mutating func checkConfig(_ step: Outline.Step) {
        guard let action = step.action else { return }
        let path = JSONValue.path(step.path, "config")
        let config = step.node["config"] ?? Located(.object([]), at: step.node.place)
        check(config, .object(KeyTable.config(of: action)), at: path, templates: true)
        guard action == .sleep, let text = config["duration"]?.scalarText, let sleep = GoDuration.parse(text) else {
            return
        }
        let limit = step.node["timeout"]?.scalarText.flatMap(GoDuration.parse) ?? action.standardTimeout
        guard sleep >= limit else { return }
        warn(
            "the step's timeout of \(GoDuration.text(limit)) ends the sleep of \(GoDuration.text(sleep))",
            config["duration"]?.place ?? config.place, JSONValue.path(path, "duration"))
    }

    private mutating func checkDependencies(_ number: Int, _ outline: Outline) {
        let step = outline.steps[number]
        guard !outline.isCompensation(number) else { return }
        var seen: Set<String> = []
        for link in step.dependsOn {
            guard seen.insert(link.name).inserted else {
                warn("'\(link.name)' is listed twice", link.place, link.path)
                continue
            }
            if link.name == step.name {
                error("a step cannot depend on itself", link.place, link.path)
            } else if let other = outline.index[link.name] {
                guard let undone = outline.undoes[other], let name = outline.steps[undone].name else { continue }
                error(
                    "'\(link.name)' undoes '\(name)' and never runs forward, so nothing can depend on it", link.place,
                    link.path)
            } else {
                unknownStep(link, outline, isUndo: false, except: number)
            }
        }
    }

    private mutating func unknownStep(_ link: Outline.Link, _ outline: Outline, isUndo: Bool, except number: Int) {
        guard !outline.hasUnreadableNames else { return }
        let near = near(link.name, among: outline.names(except: number, withUndos: isUndo))
        error("there is no step '\(link.name)'", link.place, link.path, suggestion: near)
    }

    private mutating func checkCompensation(_ number: Int, _ outline: Outline) {
        let step = outline.steps[number]
        if let link = step.compensate {
            if link.name == step.name {
                error("a step cannot undo itself", link.place, link.path)
            } else if let undo = outline.index[link.name] {
                if let owner = outline.undoes[undo], owner != number, let name = outline.steps[owner].name {
                    error(
                        "'\(link.name)' already undoes '\(name)', and a compensation step serves one step only",
                        link.place, link.path)
                }
            } else {
                unknownStep(link, outline, isUndo: true, except: number)
            }
        }
        guard let undone = outline.undoes[number], let name = outline.steps[undone].name else { return }
        func refuse(_ key: String, _ checker: inout Checker) {
            checker.error(
                "'\(step.name ?? "")' undoes '\(name)', and a compensation step has no '\(key)'", step.place(of: key),
                JSONValue.path(step.path, key))
        }
        if !step.dependsOn.isEmpty { refuse("depends_on", &self) }
        if step.compensate != nil { refuse("compensate", &self) }
        if step.isPivot { refuse("pivot", &self) }
    }

    /// Settings that say nothing.
    private mutating func checkPairs(_ step: Outline.Step) {
        if step.node["compensate_if"] != nil, step.compensate == nil {
            warn(
                "'compensate_if' does nothing without 'compensate'", step.place(of: "compensate_if"),
                JSONValue.path(step.path, "compensate_if"))
        }
        if let policy = step.node["retry_policy"],
            let initial = policy["initial_delay"]?.scalarText.flatMap(GoDuration.parse),
            let most = policy["max_delay"] == nil
                ? RetryPolicy.standard.maxDelay : policy["max_delay"]?.scalarText.flatMap(GoDuration.parse),
            initial > most, policy["backoff_type"]?.string != BackoffType.none.rawValue
        {
            warn(
                "the first delay of \(GoDuration.text(initial)) is cut to 'max_delay', \(GoDuration.text(most))",
                policy["initial_delay"]?.place ?? policy.place,
                JSONValue.path(JSONValue.path(step.path, "retry_policy"), "initial_delay"))
        }
    }

    /// Reports circles, and gives the graph of what may run forward.
    mutating func checkGraph(_ outline: Outline) -> StepGraph {
        let graph = StepGraph(
            outline.steps.enumerated().map { number, step in
                guard !outline.isCompensation(number) else { return [] }
                return step.dependsOn.compactMap { outline.index[$0.name] }
                    .filter { $0 != number && !outline.isCompensation($0) }
            })
        for cycle in graph.cycles {
            let step = outline.steps[cycle[0]]
            let names = (cycle + [cycle[0]]).compactMap { outline.steps[$0].name }
            error(
                "steps depend on each other in a circle: \(names.joined(separator: " → "))",
                step.place(of: "depends_on"), JSONValue.path(step.path, "depends_on"))
        }
        return graph
    }

    mutating func checkPivots(_ outline: Outline, _ graph: StepGraph) {
        let pivots = outline.steps.indices.filter { outline.steps[$0].isPivot && !outline.isCompensation($0) }
        for (number, step) in outline.steps.enumerated() {
            guard let link = step.compensate, let earlier = graph.before[number] else { continue }
            if let pivot = pivots.first(where: earlier.contains), let name = outline.steps[pivot].name {
                warn(
                    "'\(link.name)' never runs by itself: after the pivot '\(name)' the saga only goes forward",
                    link.place, link.path)
            } else if pivots.contains(number),
                step.node["compensate_if"]?.string != StepDefinition.CompensateIf.attempted.rawValue
            {
                warn(
                    "'\(link.name)' never runs by itself: once this pivot has succeeded the saga only goes forward",
                    link.place, link.path)
            }
        }
    }
}

extension Outline {
    func names(except number: Int, withUndos: Bool) -> [String] {
        steps.indices.filter { $0 != number && (withUndos || !isCompensation($0)) }.compactMap { steps[$0].name }
    }
}
