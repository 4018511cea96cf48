import Hummingbird
import SagaCore

extension Dashboard {
    var sagaRoutes: [Route] { [page(.get, "/sagas/{id}", description: .sagaPage, show)] }

    private func show(_ call: Call, _ visitor: Visitor) async throws -> Response {
        let view = try await api.view(call[parameter: "id"])
        let saga = view.saga
        let events = saga.status.isTerminal && saga.steps.allSatisfy { $0.owedCancel == nil } ? nil : saga.id
        return Page(
            title: "\(saga.name): \(saga.status.rawValue.replacing("_", with: " "))", visitor: visitor, place: .sagas,
            events: events.map { links("/api/v1/sagas/\($0)/events") }
        ) {
            """
            <nav aria-label="Path"><a href="\(links("/"))">Sagas</a> / <a href="\(path(saga.name, nil))">all named \
            \(saga.name)</a></nav>
            <h1>\(saga.name) \(StatusBadge.of(saga))</h1>
            \(now(view))\(OperationButtons(saga: saga, visitor: visitor, links: links).ofSaga)\(facts(view))
            <h2>Steps</h2>\(GraphDrawing(saga).html)
            <h2>Timeline</h2>\(Timeline(view).html)
            <h2>Each step</h2>\(steps(view, visitor))
            <h2>Journal</h2>\(JournalTable(entries: view.journal).html)
            <h2>Definition</h2><details id="definition"><summary>As it was given</summary>\
            <pre tabindex="0">\(view.definitionText)</pre></details>
            """
        }.response(self)
    }

    /// What is going on, or how it ended.
    private func now(_ view: SagaView) -> HTML {
        let waiting: HTML? = view.waitingFor.sentence.map { text in
            "<p class=\"note\" id=\"now\"><b>Now:</b> \(sentence(text))</p>"
        }
        let places: [HTML] = view.saga.steps.filter { $0.status == .running || $0.status == .failed }.map { step in
            "<a href=\"#step-\(step.name)\">\(step.name)</a> (\(StatusBadge.words(step)))"
        }
        let steps: HTML? = places.isEmpty ? nil : "<p>Steps to look at: \(places.joined(by: ", "))</p>"
        let error: HTML? = view.saga.errorInWords.map { text in
            let code = view.saga.errorCode.map { " (\($0.rawValue))" } ?? ""
            return "<p class=\"alert\"><b>Why\(code):</b> \(sentence(text))</p>"
        }
        return "\(waiting)\(error)\(steps)"
    }

    private func facts(_ view: SagaView) -> HTML {
        let saga = view.saga
        let ci = saga.origin.ci
        let pipeline: HTML? = saga.origin.repo.map { repo in
            .link(to: ci["CI_PIPELINE_URL"] ?? "", repo + (saga.origin.number.map { " #\($0)" } ?? ""))
        }
        let commit: HTML? = ci["CI_COMMIT_SHA"].map { commit in
            let message = ci["CI_COMMIT_MESSAGE"]?.prefix { !$0.isNewline } ?? ""
            let link = HTML.link(to: ci["CI_PIPELINE_FORGE_URL"] ?? "", String(commit.prefix(10)))
            return message.isEmpty ? link : "\(link) \(message)"
        }
        let previous: HTML? = saga.origin.previous.map { "<a href=\"\(links.saga($0))\">\($0)</a>" }
        let vars: HTML? = saga.vars.isEmpty ? nil : .json(.object(saga.vars))
        let rows: [(String, HTML?)] = [
            ("Id", "<code>\(saga.id)</code>"),
            ("About", saga.definition.description.isEmpty ? nil : "\(saga.definition.description)"),
            ("Pipeline", pipeline), ("Commit", commit),
            ("Branch", ci["CI_COMMIT_BRANCH"].map { "\($0)" }), ("Tag", ci["CI_COMMIT_TAG"].map { "\($0)" }),
            ("Goes on from", previous),
            ("Started", Self.time(saga.createdAt)), ("Ended", saga.completedAt.map { Self.time($0) }),
            ("Deadline", saga.deadline.map { Self.time($0) }),
            ("Concurrency key", saga.concurrencyKey.map { "\($0)" }),
            ("Retries", saga.retryCount > 0 ? "\(saga.retryCount) of \(saga.definition.maxRetries)" : nil),
            ("Variables", vars),
        ]
        return "<div class=\"card\"><dl class=\"facts\">\(Self.facts(rows))</dl></div>"
    }

    /// Those that there are.
    static func facts(_ rows: [(String, HTML?)]) -> [HTML] {
        rows.compactMap { name, value in value.map { "<dt>\(name)</dt><dd>\($0)</dd>" } }
    }

    private func steps(_ view: SagaView, _ visitor: Visitor) -> [HTML] {
        let json = view.json["steps"]?.arrayValue ?? []
        return view.saga.steps.indices.map { index in
            StepSection(
                view: view, step: view.saga.steps[index], definition: view.saga.definition.steps[index],
                attempts: json.indices.contains(index) ? json[index]["attempts"]?.arrayValue ?? [] : [],
                buttons: OperationButtons(saga: view.saga, visitor: visitor, links: links)
            ).html
        }
    }
}
