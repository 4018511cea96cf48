import HTTPTypes
import Hummingbird
import Logging
import SagaCore

extension Dashboard {
    var signInRoutes: [Route] {
        [
            Route(.get, "/sign-in", .open, showSignIn),
            Route(.post, "/sign-in", .open, signIn),
            page(.post, "/sign-out", signOut),
        ]
    }

    /// Binds the form of the sign-in to the browser that asked for it, before there is a session.
    private static let formCookie = "saga_form"

    private func showSignIn(_ call: Call) async throws -> Response {
        let to = Self.ownPath(call.target.query.first { $0.name == "to" }?.value)
        if visitor(call.request) != nil { return redirect(to: to) }
        return signInPage(to: to, error: nil)
    }

    private func signInPage(to: String, error: ProblemDetails?) -> Response {
        let id = Sessions.randomID()
        let alert: HTML? = error.map { "<p class=\"alert\" role=\"alert\">\(sentence($0.detail))</p>" }
        var response = Page(title: "Sign in", status: error?.status ?? .ok, visitor: nil) {
            """
            <h1>Sign in</h1>\(alert)
            <form method="post" action="\(links("/sign-in"))" class="card narrow">
            <input type="hidden" name="form_code" value="\(sessions.formCode(for: id))">
            <input type="hidden" name="to" value="\(to)">
            <input name="user" value="saga" autocomplete="username" hidden>
            <label for="token">Token</label>
            <input id="token" name="token" type="password" autocomplete="current-password" required autofocus
            aria-describedby="token-help">
            <p id="token-help" class="quiet">One of the receiver's SAGA_TOKENS. Its scope decides what you may do.</p>
            <button class="primary">Sign in</button>
            </form>
            """
        }.response(self)
        response.headers[.setCookie] = sessions.setCookie(Self.formCookie, id, seconds: 3600)
        return response
    }

    private func signIn(_ call: Call) async throws -> Response {
        var to = "/"
        do {
            let form = try await FormBody(call)
            to = Self.ownPath(form["to"])
            try checkOrigin(call.request)
            guard let id = sessions.cookie(Self.formCookie, in: call.request),
                sessions.isFormCode(form["form_code"] ?? "", for: id)
            else { throw Self.strangeForm }
            let caller = try gate.caller(withToken: form["token"].map { $0.filter { !$0.isWhitespace } } ?? "")
            api.log.info("signed in", metadata: ["actor": "\(caller.name)"])
            var response = redirect(to: to)
            response.headers[.setCookie] = sessions.cookie(for: sessions.open(caller))
            return response
        } catch let problem as ProblemDetails {
            return signInPage(to: to, error: problem)
        }
    }

    private func signOut(_ call: Call, _ visitor: Visitor) async throws -> Response {
        _ = try await checkedForm(call, visitor)
        sessions.close(visitor.id)
        var response = redirect(to: "/sign-in")
        response.headers[.setCookie] = sessions.cookieRemoval
        return response
    }

    /// Only a path of this server, so that nobody is led elsewhere after the sign-in.
    static func ownPath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), RequestTarget(text) != nil
        else { return "/" }
        return text
    }

    // MARK: Forms

    private static let strangeForm = ProblemDetails(
        .forbidden, "strange-form", "this form is too old, or did not come from this server's own page; try once more")

    /// A form that one of our pages sent for this visitor.
    func checkedForm(_ call: Call, _ visitor: Visitor) async throws -> FormBody {
        try checkOrigin(call.request)
        let form = try await FormBody(call)
        guard sessions.isFormCode(form["form_code"] ?? "", for: visitor.id) else { throw Self.strangeForm }
        return form
    }

    /// Browsers name the site whose page sent a form; a program may send none, and has to have the code anyway.
    private func checkOrigin(_ request: Request) throws(ProblemDetails) {
        guard let origin = request.headers[.origin] else { return }
        let authority = request.head.authority ?? ""
        let own = ["http://\(authority)", "https://\(authority)"] + (publicURL.map { [Self.origin(of: $0)] } ?? [])
        guard own.contains(origin.lowercased()) else {
            throw ProblemDetails(
                .forbidden, "strange-origin",
                "the form came from '\(origin)', which is not this server; behind a proxy, set SAGA_PUBLIC_URL")
        }
    }

    /// Scheme and host with port, as browsers write it.
    private static func origin(of url: String) -> String {
        guard let start = url.firstRange(of: "://") else { return url }
        var origin = url[..<start.upperBound].lowercased() + url[start.upperBound...].prefix { $0 != "/" }.lowercased()
        for (scheme, port) in [("http:", ":80"), ("https:", ":443")]
        where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
            origin.removeLast(port.count)
        }
        return origin
    }
}
