import SagaCore

/// All that is known of one step.
struct StepSection {
    let view: SagaView
    let step: Step
    let definition: StepDefinition
    /// As in the JSON of the API.
    let attempts: [JSONValue]
    let buttons: OperationButtons

    var html: HTML {
        let sentenceNow = view.waitingFor.sentence(for: step, definition)
        let now: HTML? = sentenceNow.map { "<p>\(sentence($0))</p>" }
        let error: HTML? = step.error.flatMap { text in
            // Between attempts, the sentence says it already.
            sentenceNow?.contains(text) == true ? nil : "<pre class=\"alert\" tabindex=\"0\">\(text)</pre>"
        }
        let output: HTML? = step.output.flatMap { output in
            output == [:] || output.isNull ? nil : details("output", "Output", .json(output))
        }
        return """
            <section class="step" id="step-\(step.name)" aria-labelledby="title-\(step.name)">
            <header><h3 id="title-\(step.name)">\(step.name)</h3>\(StatusBadge.of(step, definition.role))\
            <span class="quiet">\(definition.action.rawValue)\(role)</span></header>
            \(now)\(error)\(buttons.of(step, definition))
            <dl class="facts">\(facts)</dl>\(attemptTable)\(output)
            \(details("config", "Configuration", .json(definition.config)))
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
            ("Commit", commit),
            ("Decided by", step.decidedBy.map { "\($0)" }),
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

    /// Of the pipeline that was waited for.
    private var commit: HTML? {
        guard definition.action != .api, step.output?["number"] != nil else { return nil }
        let ci = view.saga.origin.ci
        return step.output?["commit"]?.stringValue.map { commit in
            // Of another commit, only the hash is known.
            .link(
                to: commit == ci["CI_COMMIT_SHA"] ? ci["CI_PIPELINE_FORGE_URL"] ?? "" : "", String(commit.prefix(10)))
        }
    }

    private var attemptTable: HTML {
        guard !attempts.isEmpty else { return "" }
        let rows: [[HTML]] = attempts.map { attempt in
            let generation = attempt["generation"]?.intValue ?? 1
            let number = "\(attempt["number"]?.intValue ?? 0)" + (generation > 1 ? " (retry \(generation - 1))" : "")
            return [
                "\(number)", "\(attempt["status"]?.stringValue ?? "")", time(attempt["started_at"]),
                time(attempt["finished_at"]), "\(attempt["error"]?.stringValue ?? "")",
            ]
        }
        let table = Table(
            caption: "Attempts of \(step.name)",
            columns: [.plain("Attempt"), .plain("Result"), .plain("From"), .plain("To"), .wide("Error")], rows: rows)
        return """
            <details id="attempts-\(step.name)"\(attempts.count > 1 ? " open" : "")><summary>Attempts: \
            \(attempts.count)</summary>\(table.html)</details>
            """
    }

    private func time(_ json: JSONValue?) -> HTML {
        Dashboard.time(json?.stringValue.flatMap { Moment(rfc3339: $0) })
    }

    private func details(_ kind: String, _ title: String, _ content: HTML) -> HTML {
        "<details id=\"\(kind)-\(step.name)\"><summary>\(title)</summary>\(content)</details>"
    }
}
