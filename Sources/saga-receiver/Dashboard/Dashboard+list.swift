import HTTPTypes
import Hummingbird
import SagaCore
import SagaEngine

extension Dashboard {
    var listRoutes: [Route] {
        [
            page(.get, "/", description: .listPage, list),
            Route(.get, "/live", .scope(.read)) { _ in ChangeStream().response(changes: api.sagas.ledger.changes()) },
        ]
    }

    private static let pageLength = 50

    private func list(_ call: Call, _ visitor: Visitor) async throws -> Response {
        var query = Query(call)
        let words = SagaStatus.allCases.map(\.rawValue).joined(separator: ", ")
        let status = query.value("status", "one of \(words)", SagaStatus.init(rawValue:))
        let cursor = query.value("cursor", "a cursor; start at the first page") { API.isID($0) ? $0 : nil }
        try query.check()
        let name = query.text("name")
        let views = try await api.sagas.summaries(
            SagaFilter(name: name, status: status, limit: Self.pageLength + 1, cursor: cursor))
        let counts = try await api.sagas.counts(name: name)
        let shown = views.prefix(Self.pageLength)
        let next = views.count > Self.pageLength ? shown.last?.saga.id : nil
        return Page(title: "Sagas", visitor: visitor, place: .sagas, events: links("/live")) {
            """
            <h1>Sagas</h1>\(filter(name, status))\(statusLinks(counts, name, status))
            \(shown.isEmpty ? nothing(name, status) : table(shown.map(row)))
            \(paging(name, status, cursor, next))
            """
        }.response(self)
    }

    private func filter(_ name: String?, _ status: SagaStatus?) -> HTML {
        let status: HTML? = status.map { "<input type=\"hidden\" name=\"status\" value=\"\($0.rawValue)\">" }
        return """
            <form method="get" action="\(links("/"))" class="filter" role="search"><label for="name">Name</label>
            <input id="name" name="name" value="\(name ?? "")" autocomplete="off">\(status)
            <button>Show</button></form>
            """
    }

    private func statusLinks(_ counts: [SagaStatus: Int], _ name: String?, _ chosen: SagaStatus?) -> HTML {
        func item(_ status: SagaStatus?, _ count: Int) -> HTML {
            let current: HTML = status == chosen ? " aria-current=\"true\"" : ""
            let badge: HTML = status.map { StatusBadge.of($0) } ?? "<span class=\"badge\">all</span>"
            let look: HTML = count == 0 ? " class=\"zero\"" : ""
            return "<li><a href=\"\(path(name, status))\"\(current)\(look)>\(badge) <b>\(count)</b></a></li>"
        }
        let all = item(nil, counts.values.reduce(0, +))
        return """
            <ul class="counts" aria-label="Sagas by status">\(all)\
            \(SagaStatus.allCases.map { item($0, counts[$0] ?? 0) })</ul>
            """
    }

    private func row(_ view: SagaView) -> [HTML] {
        let saga = view.saga
        let what = view.waitingFor.sentence ?? saga.errorInWords ?? ""
        let origin: HTML? = saga.origin.repo.map { repo in
            let title = repo + (saga.origin.number.map { " #\($0)" } ?? "")
            return "<br><span class=\"quiet\">\(HTML.link(to: saga.origin.ci["CI_PIPELINE_URL"] ?? "", title))</span>"
        }
        return [
            StatusBadge.of(saga),
            """
            <a href="\(links.saga(saga.id))"><b>\(saga.name)</b><span class="visually-hidden"> \(saga.id)</span></a>\
            \(origin)
            """,
            what.isEmpty ? "" : "<div class=\"clamp\">\(sentence(what))</div>", Self.time(saga.createdAt),
        ]
    }

    private func table(_ rows: [[HTML]]) -> HTML {
        Table(
            caption: "Sagas, newest first",
            columns: [
                .plain("Status"), .plain("Saga"), .wide("What it waits for, or why it ended"), .plain("Started"),
            ], rows: rows
        ).html
    }

    private func nothing(_ name: String?, _ status: SagaStatus?) -> HTML {
        name == nil && status == nil
            ? "<p class=\"card\">No saga yet. A pipeline starts one with the plugin, a program with <code>POST /api/v1/sagas</code>.</p>"
            : "<p class=\"card\">No saga is like that. <a href=\"\(links("/"))\">Show all</a></p>"
    }

    private func paging(_ name: String?, _ status: SagaStatus?, _ cursor: String?, _ next: String?) -> HTML {
        Self.pages(
            "Sagas", newest: cursor.map { _ in path(name, status) }, older: next.map { path(name, status, cursor: $0) })
    }

    /// The ways to other pages of a list, where there are any.
    static func pages(_ what: String, newest: String?, older: String?) -> HTML {
        guard newest != nil || older != nil else { return "" }
        let first: HTML? = newest.map { "<a href=\"\($0)\">Newest</a>" }
        let next: HTML? = older.map { "<a rel=\"next\" href=\"\($0)\">Older</a>" }
        return "<nav aria-label=\"Pages of \(what)\" class=\"pages\">\(first) \(next)</nav>"
    }

    func path(_ name: String?, _ status: SagaStatus?, cursor: String? = nil) -> String {
        links("/") + Self.query([("name", name), ("status", status?.rawValue), ("cursor", cursor)])
    }

    /// Of what is given.
    static func query(_ values: [(name: String, value: String?)]) -> String {
        let parts = values.compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    /// To the second, in UTC; scripts put the time of the reader's place into the title.
    static func time(_ moment: Moment?) -> HTML {
        guard let moment else { return "" }
        let text = moment.description
        return "<time datetime=\"\(text)\">\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z</time>"
    }
}
