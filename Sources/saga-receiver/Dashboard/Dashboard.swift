import HTTPTypes
import Hummingbird
import Logging
import SagaCore
import SagaEngine

/// The pages for people. They need no scripts; with them, they follow what happens.
struct Dashboard: Sendable {
    let api: API
    let gate: Gate
    let sessions: Sessions
    let publicURL: String?

    var links: Links { Links(publicURL: publicURL) }

    var routes: [Route] {
        assetRoutes + signInRoutes + listRoutes + sagaRoutes + operationRoutes + sourceRoutes
    }

    /// A page for whoever has that scope; others are asked to sign in, or told what they lack.
    func page(
        _ method: HTTPRequest.Method, _ path: String, needs scope: Scope = .read,
        description: RouteDescription? = nil,
        _ handle: @escaping @Sendable (Call, Visitor) async throws -> Response
    ) -> Route {
        Route(method, path, .open, description) { call in
            let known = visitor(call.request)
            do {
                guard let visitor = known else { return redirect(to: signInPath(for: call)) }
                try visitor.check(scope)
                if !gate.needsTokens { _ = try gate.admit(call.request, needs: scope) }
                var call = call
                call.caller = visitor.caller
                return try await handle(call, visitor)
            } catch {
                guard let problem = ProblemDetails(error) else { throw error }
                return failure(problem, known)
            }
        }
    }

    func visitor(_ request: Request) -> Visitor? {
        guard gate.needsTokens else { return Visitor(caller: .anonymous, id: "anonymous", canSignOut: false) }
        guard let id = sessions.id(in: request), let caller = sessions.caller(id) else { return nil }
        return Visitor(caller: caller, id: id, canSignOut: true)
    }

    /// What went wrong, as a page.
    func failure(_ problem: ProblemDetails, _ visitor: Visitor?) -> Response {
        let faults: [HTML] = problem.errors.map { fault in
            "<li>\(fault["path"]?.stringValue ?? ""): \(fault["message"]?.stringValue ?? "")</li>"
        }
        return Page(title: problem.title, status: problem.status, visitor: visitor) {
            "<h1>\(problem.title)</h1><p class=\"alert\" role=\"alert\">\(sentence(problem.detail))</p>"
                + (faults.isEmpty ? "" : "<ul>\(faults)</ul>") + "<p><a href=\"\(links("/"))\">All sagas</a></p>"
        }.response(self)
    }

    /// - Parameter path: as the routes know it.
    func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: links(path), .cacheControl: "no-store"])
    }

    private func signInPath(for call: Call) -> String {
        let isRead = call.request.method == .get || call.request.method == .head
        let path = isRead ? call.request.head.path ?? "/" : "/"
        return path == "/" ? "/sign-in" : "/sign-in?to=" + percentEncoded(path)
    }
}

/// Whoever looks at a page.
struct Visitor: Sendable {
    var caller: Caller
    /// What forms are bound to.
    var id: String
    var canSignOut: Bool

    var mayOperate: Bool { caller.scope >= .operate }

    func check(_ scope: Scope) throws(ProblemDetails) {
        guard caller.scope < scope else { return }
        throw ProblemDetails(
            .forbidden, "scope-too-small",
            "this needs the scope '\(scope.name)', and '\(caller.name)' has '\(caller.scope.name)'")
    }
}

/// A text as a sentence: with a capital and a full stop.
func sentence(_ text: String) -> String {
    guard let last = text.last else { return text }
    return text.prefix(1).uppercased() + text.dropFirst() + (".!?".contains(last) ? "" : ".")
}
