import Hummingbird
import SagaCore
import SagaEngine

extension Dashboard {
    var sourceRoutes: [Route] { [page(.get, "/sources", description: .sourcesPage, sources)] }

    private static let pageLength = 25

    /// What waits and what came in: whatever is shown, a page of it is read, found by an index.
    ///
    /// Looks by the clock, not live: the check of the store is a write, about which all live pages hear.
    private func sources(_ call: Call, _ visitor: Visitor) async throws -> Response {
        var query = Query(call)
        let isUnmatched = query.value("unmatched", "true or false") { Bool($0) } ?? false
        let before = query.value("signals_cursor", "a cursor; start at the first page") { text in
            Int64(text).flatMap { $0 < 1 ? nil : $0 }
        }
        let cursor = query.value("waits_cursor", "a cursor; start at the first page") { API.isID($0) ? $0 : nil }
        try query.check()
        let place = Place(isUnmatched: isUnmatched, signals: before, waits: cursor, links: links)
        let trouble = await api.health.trouble()
        let waits = try await waits(place)
        let signals = try await signals(place)
        let ended = try await api.sagas.latest(EndedWaits.length, of: EndedWaits.reach, where: EndedWaits.isEnd)
        let tables = SourceTables(
            sources: api.health.sources, circuits: api.health.circuits["circuits"]?.arrayValue ?? [])
        return Page(title: "Waits and signals", visitor: visitor, place: .sources, seconds: 5) {
            """
            <h1>Waits and signals</h1>
            \(trouble.map { "<p class=\"alert\" role=\"alert\">Not ready: \(sentence($0))</p>" as HTML }
                ?? "<p class=\"note\">The receiver is ready.</p>" as HTML)
            <h2 id="sources">Sources</h2>
            <p>How news of pipelines come in. Any of them ends a wait; what Woodpecker itself says decides.</p>
            \(tables.ways)<h2 id="waits">Open waits</h2>\(waits)
            <h2 id="ended">What decided</h2>
            <p>The last \(EndedWaits.length) waits that ended, as far as the newest \(EndedWaits.reach) entries of the \
            journal tell. A source stands there as in the step's <code>decided_by</code>.</p>
            \(EndedWaits(entries: ended, links: links).html)
            <h2 id="signals">Signals</h2>\(signals)
            <h2 id="circuits">Circuits</h2>
            <p>A host that fails five times in a row is left alone for half a minute; steps that need it wait.</p>
            \(tables.hosts)
            """
        }.response(self)
    }

    /// Which part of the lists is asked for.
    private struct Place {
        var isUnmatched: Bool
        var signals: Int64?
        var waits: String?
        let links: Links

        func path(to anchor: String, _ change: (inout Place) -> Void) -> String {
            var place = self
            change(&place)
            return links("/sources")
                + Dashboard.query([
                    ("unmatched", place.isUnmatched ? "true" : nil), ("signals_cursor", place.signals.map(String.init)),
                    ("waits_cursor", place.waits),
                ]) + "#" + anchor
        }
    }

    private func waits(_ place: Place) async throws -> HTML {
        let found = try await api.sagas.live(before: place.waits, limit: Self.pageLength + 1)
        let shown = found.prefix(Self.pageLength)
        let table = WaitTable(sagas: Array(shown), links: links).html
        let older = found.count > Self.pageLength ? shown.last?.saga.id : nil
        let nothing: HTML =
            found.isEmpty
            ? "<p class=\"card\">No saga runs, so none waits.</p>"
            : "<p class=\"card\">None of these \(shown.count) sagas waits for anything outside.</p>"
        return """
            <p>What sagas that run or roll back wait for outside, newest saga first.</p>
            \(table == .empty ? nothing : table)
            \(Self.pages(
                "open waits", newest: place.waits.map { _ in place.path(to: "waits") { $0.waits = nil } },
                older: older.map { id in place.path(to: "waits") { $0.waits = id } }))
            """
    }

    private func signals(_ place: Place) async throws -> HTML {
        let found = try await api.sagas.signals(
            SignalFilter(isUnmatched: place.isUnmatched, before: place.signals, limit: Self.pageLength + 1))
        let shown = Array(found.prefix(Self.pageLength))
        let older = found.count > Self.pageLength ? shown.last?.stored.id : nil
        func choice(_ title: String, _ isUnmatched: Bool) -> HTML {
            let path = place.path(to: "signals") { ($0.isUnmatched, $0.signals) = (isUnmatched, nil) }
            let current: HTML = isUnmatched == place.isUnmatched ? " aria-current=\"true\"" : ""
            return "<li><a href=\"\(path)\"\(current)>\(title)</a></li>"
        }
        return """
            <p>A signal that no saga waits for is kept for one that may ask later.</p>
            <ul class="counts" aria-label="Which signals">\(choice("All", false))\
            \(choice("Nobody waited for", true))</ul>
            \(shown.isEmpty ? "<p class=\"card\">There is none.</p>" : SignalTable(signals: shown).html)
            \(Self.pages(
                "signals", newest: place.signals.map { _ in place.path(to: "signals") { $0.signals = nil } },
                older: older.map { id in place.path(to: "signals") { $0.signals = id } }))
            """
    }
}
