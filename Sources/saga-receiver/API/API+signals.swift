import HTTPTypes
import Hummingbird
import SagaCore
import SagaEngine
import Telemetry

extension API {
    var signalRoutes: [Route] {
        [
            Route(.post, "/api/v1/signals", .scope(.start), .sendSignal, signal),
            Route(.get, "/api/v1/signals", .scope(.read), .listSignals, listSignals),
        ]
    }

    private func listSignals(_ call: Call) async throws -> Response {
        var query = Query(call)
        let isUnmatched = query.value("unmatched", "true or false") { Bool($0) } ?? false
        let asked = query.value("limit", "a whole number") { Int($0) } ?? 0
        let cursor = query.value("cursor", "a cursor; take it from next_cursor") { text in
            Int64(text).flatMap { $0 < 1 ? nil : $0 }
        }
        try query.check()
        let limit = SagaFilter(limit: asked).limit
        // One more tells whether there is a next page.
        let signals = try await sagas.signals(
            SignalFilter(isUnmatched: isUnmatched, before: cursor, limit: limit + 1))
        let page = signals.prefix(limit)
        let next = signals.count > limit ? page.last.map { JSONValue.string(String($0.stored.id)) } : nil
        return .json(["signals": .array(page.map(\.json)), "next_cursor": next ?? .null])
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
        if let key = call.header(.idempotencyKey), !Self.isKey(key) {
            throw ProblemDetails.badRequest("Idempotency-Key \(Self.keyRule)")
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
