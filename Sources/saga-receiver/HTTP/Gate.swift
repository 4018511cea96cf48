import Crypto
import HTTPTypes
import Hummingbird
import SagaCore

/// Who calls, for the journal and for what may be done.
struct Caller: Hashable, Sendable {
    var name: String
    var scope: Scope

    /// Everybody on this machine, where no tokens are configured.
    static let anonymous = Caller(name: "anonymous", scope: .admin)
    /// Somebody who needs no scope.
    static let unnamed = Caller(name: "", scope: .read)
}

/// Lets callers in by their bearer token, and to what only reads, by their session in the dashboard.
struct Gate: Sendable {
    private let tokens: [APIToken]
    private let sessions: Sessions?

    init(tokens: [APIToken], sessions: Sessions? = nil) {
        self.tokens = tokens
        self.sessions = sessions
    }

    var needsTokens: Bool { !tokens.isEmpty }

    /// - Throws: 401 without a known token, 403 where its scope is too small.
    func admit(_ request: Request, needs scope: Scope) throws(ProblemDetails) -> Caller {
        guard !tokens.isEmpty else {
            try checkThatNoBrowserWasTricked(request)
            return .anonymous
        }
        let caller = try caller(of: request)
        guard caller.scope >= scope else {
            throw ProblemDetails(
                .forbidden, "scope-too-small",
                "this needs the scope '\(scope.name)', and the token '\(caller.name)' has '\(caller.scope.name)'",
                members: ["needs": .string(scope.name), "has": .string(caller.scope.name)])
        }
        return caller
    }

    private func caller(of request: Request) throws(ProblemDetails) -> Caller {
        let isRead = request.method == .get || request.method == .head
        if isRead, request.headers[.authorization] == nil, let caller = sessions?.caller(of: request) { return caller }
        guard let given = Self.bearer(request.headers[.authorization]) else {
            throw Self.unauthorized("send a token: Authorization: Bearer TOKEN", error: nil)
        }
        return try caller(withToken: given)
    }

    /// - Throws: 401 where it is none of the known ones.
    func caller(withToken given: String) throws(ProblemDetails) -> Caller {
        // All of them are compared, so that the time tells nothing about the order.
        let known = tokens.filter { Self.isSame(given, $0.token) }
        guard let token = known.first else {
            throw Self.unauthorized("this token is not known here", error: "invalid_token")
        }
        return Caller(name: token.name, scope: token.scope)
    }

    /// Without tokens, what comes from this machine is trusted; a page of another site in its browser is not.
    private func checkThatNoBrowserWasTricked(_ request: Request) throws(ProblemDetails) {
        let authority = request.head.authority ?? ""
        let host =
            authority.hasPrefix("[")
            ? String(authority.dropFirst().prefix { $0 != "]" }) : String(authority.prefix { $0 != ":" })
        guard authority.isEmpty || ListenAddress.isLoopback(host) else {
            throw ProblemDetails(
                .forbidden, "not-local",
                "without SAGA_TOKENS only this machine's own addresses are answered, and '\(host)' is none")
        }
        guard let origin = request.headers[.origin] else { return }
        guard let start = origin.firstRange(of: "://"), origin[start.upperBound...] == authority else {
            throw ProblemDetails(
                .forbidden, "not-local", "without SAGA_TOKENS other sites' pages may not call this API")
        }
    }

    private static func unauthorized(_ detail: String, error: String?) -> ProblemDetails {
        let challenge = "Bearer realm=\"saga-receiver\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        return ProblemDetails(.unauthorized, "unauthorized", detail, headers: [.wwwAuthenticate: challenge])
    }

    private static func bearer(_ value: String?) -> String? {
        guard let value, value.lowercased().hasPrefix("bearer ") else { return nil }
        let token = value.dropFirst("bearer ".count).drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }

    /// Compares codes under a key of the moment, so that neither length nor prefix shows.
    private static func isSame(_ given: String, _ token: String) -> Bool {
        let key = SymmetricKey(size: .bits256)
        let code = HMAC<SHA256>.authenticationCode(for: Array(given.utf8), using: key)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(token.utf8), using: key)
    }
}
