import SagaCore

/// All that is known of one step.
struct StepSection {
    let view: SagaView
    let step: Step
    let definition: StepDefinition
    /// As in the JSON of the API.
    let attempts: [JSONValue]
    let visitor: Visitor

    var html: HTML {
        let saga = view.saga
        let sentenceNow = view.waitingFor.sentence(for: step, definition)
        let now: HTML? = sentenceNow.map { "<p>\(sentence($0))</p>" }
        let error: HTML? = step.error.map { "<pre class=\"alert\" tabindex=\"0\">\($0)</pre>" }
        let output: HTML? = step.output.flatMap { output in
            output == [:] || output.isNull ? nil : details("output", "Output", output.prettyJSON)
        }
        return """
            <section class="step" id="step-\(step.name)" aria-labelledby="title-\(step.name)">
            <header><h3 id="title-\(step.name)">\(step.name)</h3>\(StatusBadge.of(step, definition.role))\
            <span class="quiet">\(definition.action.rawValue)\(role)</span></header>
            \(now)\(error)\(OperationButtons(saga: saga, visitor: visitor).of(step, definition))
            <dl class="facts">\(facts)</dl>\(attemptTable)\(output)
            \(details("config", "Configuration", definition.config.prettyJSON))
            </section>
            """
    }

    private var role: HTML {
        if let undone = view.saga.definition.steps.first(where: { $0.compensate == step.name }) {
            return ", undoes <a href=\"#step-\(undone.name)\">\(undone.name)</a>"
        }
        var words: HTML = ""
        if definition.pivot { words = words + ", no way back after it" }
        if definition.continueOnFailure { words = words + ", may fail" }
        return words
    }

    private var facts: [HTML] {
        let after: [HTML] = definition.dependsOn.map { "<a href=\"#step-\($0)\">\($0)</a>" }
        return Dashboard.facts([
            ("After", after.isEmpty ? nil : after.joined(by: ", ")),
            ("Undone by", definition.compensate.map { "<a href=\"#step-\($0)\">\($0)</a>" }),
            ("Pipeline", pipeline),
            ("Decided by", step.output?["decided_by"]?.stringValue.map { "\($0)" }),
            ("Started", step.startedAt.map { Dashboard.time($0) }),
            ("Ended", step.completedAt.map { Dashboard.time($0) }),
            ("Next attempt", step.nextAttemptAt.map { Dashboard.time($0) }),
        ])
    }

    /// The page of the pipeline in Woodpecker: as the step's output names it, or as far as the wait knows it.
    private var pipeline: HTML? {
        if let url = step.output?["url"]?.stringValue, definition.action != .api {
            return .link(to: url, step.output?["number"]?.intValue.map { "#\($0)" } ?? url)
        }
        guard case .pipeline(let wait)? = (step.wait ?? step.lastWait)?.subject else { return nil }
        guard let repo = wait.repoID, let number = wait.followed.max() ?? wait.number, !wait.server.isEmpty else {
            return "\(wait.title)"
        }
        let server = wait.server.hasSuffix("/") ? String(wait.server.dropLast()) : wait.server
        return .link(to: "\(server)/repos/\(repo)/pipeline/\(number)", "\(wait.repo) #\(number)")
    }

    private var attemptTable: HTML {
        guard !attempts.isEmpty else { return "" }
        let rows: [HTML] = attempts.map { attempt in
            let generation = attempt["generation"]?.intValue ?? 1
            let number = "\(attempt["number"]?.intValue ?? 0)" + (generation > 1 ? " (retry \(generation - 1))" : "")
            return """
                <tr><td>\(number)</td><td>\(attempt["status"]?.stringValue ?? "")</td>\
                <td>\(time(attempt["started_at"]))</td><td>\(time(attempt["finished_at"]))</td>\
                <td>\(attempt["error"]?.stringValue ?? "")</td></tr>
                """
        }
        return """
            <details id="attempts-\(step.name)"\(attempts.count > 1 ? " open" : "")><summary>Attempts: \
            \(attempts.count)</summary><div class="drawing" tabindex="0" role="region" aria-label="Attempts of \
            \(step.name)"><table><thead><tr><th scope="col">Attempt</th><th scope="col">Result</th>\
            <th scope="col">From</th><th scope="col">To</th><th scope="col">Error</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div></details>
            """
    }

    private func time(_ json: JSONValue?) -> HTML {
        Dashboard.time(json?.stringValue.flatMap { Moment(rfc3339: $0) })
    }

    private func details(_ kind: String, _ title: String, _ text: String) -> HTML {
        """
        <details id="\(kind)-\(step.name)"><summary>\(title)</summary><pre tabindex="0">\(text)</pre></details>
        """
    }
}
