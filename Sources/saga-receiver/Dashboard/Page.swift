import HTTPTypes
import Hummingbird
import SagaCore

/// The frame around every page.
struct Page {
    var title: String
    var status: HTTPResponse.Status = .ok
    /// Nil before the sign-in.
    var visitor: Visitor?
    /// The entry of the navigation that it belongs to.
    var place: Place?
    /// Where scripts hear that the page has changed.
    var events: String?
    /// Or how often they look by themselves.
    var seconds: Int?
    var content: HTML

    enum Place: Hashable {
        case sagas, sources
    }

    init(
        title: String, status: HTTPResponse.Status = .ok, visitor: Visitor?, place: Place? = nil,
        events: String? = nil, seconds: Int? = nil, content: () -> HTML
    ) {
        self.title = title
        self.status = status
        self.visitor = visitor
        self.place = place
        self.events = events
        self.seconds = seconds
        self.content = content()
    }

    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    func response(_ dashboard: Dashboard) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.policy,
                // With "no-referrer", browsers would send forms with an origin of "null".
                .referrerPolicy: "same-origin", .frameOptions: "DENY", .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: html(dashboard.links, dashboard.sessions).text)))
    }

    private func html(_ links: Links, _ sessions: Sessions) -> HTML {
        let live: HTML? =
            events.map { " data-events=\"\($0)\"" } ?? seconds.map { " data-seconds=\"\($0)\"" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) · woodpecker-saga</title>
            <link rel="stylesheet" href="\(links("/assets/app.css"))">
            <link rel="icon" href="\(links("/assets/icon.svg"))" type="image/svg+xml">
            <script src="\(links("/assets/app.js"))" defer></script>
            </head>
            <body\(live)>
            <a class="skip" href="#content">Skip to the content</a>
            <header class="top"><a class="brand" href="\(links("/"))"><img src="\(links("/assets/icon.svg"))" alt="" \
            width="24" height="24">woodpecker-saga</a>\(visitor.map { navigation($0, links, sessions) })\
            <p id="lost" class="alert" role="alert" hidden>The receiver cannot be reached; this page may be old.</p>
            <p id="news" class="visually-hidden" role="status"></p></header>
            <main id="content" tabindex="-1">\(content)</main>
            <footer>woodpecker-saga \(Version.current)</footer>
            </body>
            </html>
            """
    }

    private func navigation(_ visitor: Visitor, _ links: Links, _ sessions: Sessions) -> HTML {
        let out: HTML =
            visitor.canSignOut
            ? """
            <form method="post" action="\(links("/sign-out"))">\(visitor.formField(sessions))\
            <button>Sign out</button></form>
            """ : ""
        let entries: [HTML] = [(Place.sagas, "/", "Sagas"), (.sources, "/sources", "Waits and signals")].map {
            let current: HTML = $0 == place ? " aria-current=\"page\"" : ""
            return "<a href=\"\(links($1))\"\(current)>\($2)</a>"
        }
        return """
            <nav aria-label="Main">\(entries)</nav>
            <div class="visitor"><span>\(visitor.caller.name) <span class="quiet">(\(visitor.caller.scope.name))</span>\
            </span>\(out)</div>
            """
    }
}

extension Visitor {
    /// Shows that the form came from one of our pages.
    func formField(_ sessions: Sessions) -> HTML {
        "<input type=\"hidden\" name=\"form_code\" value=\"\(sessions.formCode(for: id))\">"
    }
}

extension HTTPField.Name {
    static let referrerPolicy = Self("Referrer-Policy") ?? .contentSecurityPolicy
    static let frameOptions = Self("X-Frame-Options") ?? .contentSecurityPolicy
}
