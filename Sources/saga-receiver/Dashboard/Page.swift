import HTTPTypes
import Hummingbird
import SagaCore

/// The frame around every page.
struct Page {
    var title: String
    var status: HTTPResponse.Status = .ok
    /// Nil before the sign-in.
    var visitor: Visitor?
    /// Where scripts hear that the page has changed.
    var events: String?
    /// Or how often they look by themselves.
    var seconds: Int?
    var content: HTML

    init(
        title: String, status: HTTPResponse.Status = .ok, visitor: Visitor?, events: String? = nil,
        seconds: Int? = nil, content: () -> HTML
    ) {
        self.title = title
        self.status = status
        self.visitor = visitor
        self.events = events
        self.seconds = seconds
        self.content = content()
    }

    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    func response(_ sessions: Sessions) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.policy,
                // With "no-referrer", browsers would send forms with an origin of "null".
                .referrerPolicy: "same-origin", .frameOptions: "DENY", .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: html(sessions).text)))
    }

    private func html(_ sessions: Sessions) -> HTML {
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
            <link rel="stylesheet" href="/assets/app.css">
            <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
            <script src="/assets/app.js" defer></script>
            </head>
            <body\(live)>
            <a class="skip" href="#content">Skip to the content</a>
            <header class="top"><a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="24" height="24">\
            Sagas</a>\(visitor.map { navigation($0, sessions) })</header>
            <main id="content">\(content)</main>
            <footer>woodpecker-saga \(Version.current)</footer>
            </body>
            </html>
            """
    }

    private func navigation(_ visitor: Visitor, _ sessions: Sessions) -> HTML {
        let out: HTML =
            visitor.canSignOut
            ? "<form method=\"post\" action=\"/sign-out\">\(visitor.formField(sessions))<button>Sign out</button></form>"
            : ""
        return """
            <nav aria-label="Main"><a href="/">Sagas</a><a href="/sources">Sources</a></nav>
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
