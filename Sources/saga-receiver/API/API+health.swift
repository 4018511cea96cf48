import HTTPTypes
import Hummingbird
import SagaCore

extension API {
    var healthRoutes: [Route] {
        [
            Route(.get, "/health", .open, .live) { _ in
                .json(["status": "live", "version": .string(Version.current), "sources": health.sources])
            },
            Route(.get, "/health/ready", .open, .ready, ready),
            Route(.get, "/health/circuits", .open, .circuits) { _ in .json(health.circuits) },
        ]
    }

    private func ready(_ call: Call) async throws -> Response {
        guard let trouble = await health.trouble() else { return .json(["status": "ready"]) }
        throw ProblemDetails(.serviceUnavailable, "not-ready", trouble)
    }
}
