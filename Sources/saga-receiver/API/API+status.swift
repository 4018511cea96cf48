import Hummingbird
import SagaCore
import Webhooks

extension API {
    var statusRoutes: [Route] { [Route(.get, "/api/v1/status", .scope(.read), .status, status)] }

    private func status(_ call: Call) async throws -> Response {
        let check = woodpeckerCheck.current
        return .json([
            "version": .string(Version.current),
            "caller": ["name": .string(call.caller.name), "scope": .string(call.caller.scope.name)],
            "trouble": await health.trouble().map { .string($0) } ?? .null, "sources": health.sources,
            "webhook_senders": .array(openSenders.map(\.rawValue).sorted().map { .string($0) }),
            "woodpecker": [
                "url": servers.url.map { .string($0) } ?? .null,
                "public_url": servers.publicURL.map { .string($0) } ?? .null, "token": .string(check.state.rawValue),
                "user": check.user.map { .string($0) } ?? .null, "error": check.error.map { .string($0) } ?? .null,
            ], "allows_shell": .bool(allowsShell),
        ])
    }
}
