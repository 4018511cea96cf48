import HTTPTypes
import Hummingbird
import Logging
import SagaCore
import SagaEngine
import Telemetry
import Webhooks

extension API {
    var webhookRoutes: [Route] {
        [Route(.post, "/webhooks/{sender}", .signature, .webhook, webhook)]
    }

    private func webhook(_ call: Call) async throws -> Response {
        let name = call[parameter: "sender"]
        guard let sender = Sender(rawValue: name), openSenders.contains(sender) else {
            throw ProblemDetails.notFound("there is no sender '\(name)' here, or it has no secret")
        }
        let headers = call.request.headers.map { (name: $0.name.rawName, value: $0.value) }
        let body = try await call.body(limit: WebhookReader.bodyLimit)
        let reading: Reading
        do {
            reading = try webhooks.read(Delivery(sender: sender, headers: headers, body: body), now: now())
        } catch {
            health.webhooks.failed("\(name): \(error)", at: now())
            metrics.counted.signal(from: name, .rejected)
            log.warning("webhook refused", metadata: ["sender": "\(name)", "reason": "\(error)"])
            throw ProblemDetails(error)
        }
        health.webhooks.heard(at: now())
        switch reading {
        case .ignored(let reason, _):
            metrics.counted.signal(from: name, .ignored)
            log.debug("webhook ignored", metadata: ["sender": "\(name)", "reason": "\(reason)"])
            return .json(["status": "ignored", "reason": .string(reason)])
        case .signals(let signals, let id, let key, let repository):
            let delivery = InboxDelivery(
                source: name, id: id, semanticKey: key,
                signals: signals.filter { $0.isAbout(repository) }.map(servers.withPublicName))
            return try await store(delivery)
        }
    }

    /// Answers once it is durable, whoever waits for it.
    private func store(_ delivery: InboxDelivery) async throws -> Response {
        guard let receipt = try await sagas.deliver(delivery) else {
            log.debug("webhook seen before", metadata: ["sender": "\(delivery.source)"])
            return .json(["status": "seen before"])
        }
        for match in receipt.matched {
            log.info(
                "webhook wakes a step",
                metadata: [
                    "sender": "\(delivery.source)", "saga_id": "\(match.saga)", "step_name": "\(match.step)",
                ])
        }
        log.debug(
            "webhook stored",
            metadata: [
                "sender": "\(delivery.source)", "signals": .stringConvertible(receipt.signals.count),
                "matched": .stringConvertible(receipt.matched.count),
            ])
        return .json(["status": "stored"], status: .accepted)
    }
}

extension Signal {
    /// A secret that is bound to a repository speaks for that repository's pipelines alone.
    fileprivate func isAbout(_ repository: String?) -> Bool {
        guard let repository, kind != .image else { return true }
        return repo.lowercased() == repository.lowercased()
    }
}

extension ProblemDetails {
    fileprivate init(_ rejection: Rejection) {
        let (status, kind): (HTTPResponse.Status, String) =
            switch rejection {
            case .closed: (.notFound, "not-found")
            case .badSignature: (.unauthorized, "bad-signature")
            case .unreadable: (.badRequest, "bad-request")
            case .unsupportedMediaType: (.unsupportedMediaType, "unsupported-media-type")
            case .tooLarge: (.contentTooLarge, "body-too-large")
            }
        self.init(status, kind, rejection.description)
    }
}
