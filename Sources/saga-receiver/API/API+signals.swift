import HTTPTypes
import Hummingbird
import SagaCore
import SagaEngine
import Telemetry

extension API {
    var signalRoutes: [Route] {
        [Route(.post, "/api/v1/signals", .scope(.start), signal)]
    }

    private func signal(_ call: Call) async throws -> Response {
        let signal: Signal
        do {
            signal = try Signal(json: try await call.json())
        } catch let problem as SignalProblem {
            metrics.counted.signal(from: "api", .rejected)
            throw ProblemDetails.badRequest(
                "the signal cannot be read: \(problem)", errors: problem.faults.map { .fault($0.field, $0.message) })
        }
        let delivery = InboxDelivery(
            source: "api", id: call.header(.idempotencyKey), signals: [servers.withPublicName(signal)])
        let receipt = try await sagas.deliver(delivery)
        return .json(
            [
                "id": receipt?.signals.first.map { .int($0) } ?? .null,
                "matched": .array(
                    (receipt?.matched ?? []).map { ["saga": .string($0.saga), "step": .string($0.step)] }),
            ], status: .accepted)
    }
}
