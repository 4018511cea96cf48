import HTTPTypes
import SagaCore

/// The pages with content; what a form or a confirmation is, its page says.
extension RouteDescription {
    static let listPage = page(
        id: "listPage", "The page of all sagas",
        query: [
            Parameter("name", Components.queryText.saying("Only those of this definition.")),
            Parameter("status", .choice(Components.statuses, "Only those in this status.")),
            Parameter("cursor", Components.id.saying("Where the page starts.")),
        ])

    static let sagaPage = page(id: "sagaPage", "The page of a saga", problems: [.notFound: "There is no such saga."])

    static let sourcesPage = page(
        id: "sourcesPage", "The page of waits and signals",
        query: [
            Parameter("unmatched", .flag("Only signals that no step waited for.")),
            Parameter("signals_cursor", .whole("Where the signals start.", from: 1, to: .max)),
            Parameter("waits_cursor", Components.id.saying("Where the waits start.")),
        ])

    private static func page(
        id: String, _ summary: String, query: [Parameter] = [], problems: [HTTPResponse.Status: String] = [:]
    ) -> RouteDescription {
        let html = Schema.text("A page.")
        return RouteDescription(
            id: id, tag: .dashboard, summary: summary,
            details: "For browsers; needs a session, which a sign-in with one of SAGA_TOKENS opens, where there are "
                + "any.", query: query,
            answers: [
                Answer(status: .ok, doc: "The page.", schema: html, type: "text/html"),
                Answer(
                    status: .seeOther, doc: "To the sign-in.",
                    headers: [Parameter("Location", .text("The path of the sign-in."))]),
            ], problems: problems,
            problemType: "text/html", problemSchema: html)
    }
}
