import SagaCore

/// What the live sagas of a page wait for outside: people, pipelines, images, the time.
struct WaitTable {
    let sagas: [SagaView]
    let links: Links

    /// Of one saga; all of them stand on its own page.
    private static let most = 10

    var html: HTML {
        let rows = sagas.flatMap(rows)
        guard !rows.isEmpty else { return "" }
        return Table(
            caption: "Open waits, newest saga first",
            columns: [
                .plain("Saga"), .plain("Step"), .wide("What it waits for, and what then"), .plain("Since"),
                .plain("Until"),
            ], rows: rows
        ).html
    }

    private func rows(_ view: SagaView) -> [[HTML]] {
        let waiting = zip(view.saga.steps, view.saga.definition.steps).filter { $0.0.wait != nil }
        let rows = waiting.prefix(Self.most).map { row(view, $0, $1) }
        let left = waiting.count - rows.count
        guard left > 0 else { return rows }
        return rows + [[name(view.saga), "", "<a href=\"\(links.saga(view.saga.id))\">\(left) more</a>", "", ""]]
    }

    private func row(_ view: SagaView, _ step: Step, _ definition: StepDefinition) -> [HTML] {
        let saga = view.saga
        let waiting = view.waitingFor
        return [
            name(saga), "<a href=\"\(links.saga(saga.id, step: step.name))\">\(step.name)</a>",
            "<div class=\"clamp\">\(sentence(waiting.sentence(for: step, definition) ?? ""))</div>",
            Dashboard.time(step.wait?.since), Dashboard.time(waiting.end(of: step, definition)),
        ]
    }

    private func name(_ saga: Saga) -> HTML {
        let paused: HTML = saga.isPaused ? " \(StatusBadge.paused)" : ""
        return "<a href=\"\(links.saga(saga.id))\">\(saga.name)</a>\(paused)"
    }
}
