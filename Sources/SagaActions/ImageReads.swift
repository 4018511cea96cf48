import HTTPTransport
import RegistryClient
import SagaCore

/// `wait_build` for an image: announced by the registry's webhook, or found there by asking for its manifest.
extension ActionRouter {
    func read(_ image: ImageWait, _ wait: Wait, _ order: WorkOrder) async -> Outcome {
        let announced = order.signals.last { $0.signal.status == PipelineStatus.success.rawValue }
        if let announced {
            return .succeeded(
                output: .object(compacting: [
                    "image": .string(image.image), "digest": announced.signal.digest.map { .string($0) },
                    "media_type": announced.signal.mediaType.map { .string($0) },
                    "decided_by": .string(announced.source),
                ]))
        }
        var wait = wait
        wait.nextRead = now() + settings.reconcileInterval
        guard let reference = ImageReference(image.image, plainHTTP: image.plainHTTP) else {
            return .failed(Failure(.permanent, "'\(image.image)' is no image such as registry.example.com/name:tag"))
        }
        do throws(HTTPFailure) {
            let registry = RegistryClient(
                reference.registry, http: http, login: settings.registryLogins[reference.registry])
            let response = try await registry.manifest(reference.reference, of: reference.repository)
            switch response.status {
            case 200:
                return .succeeded(
                    output: .object(compacting: [
                        "image": .string(image.image),
                        "digest": response.headers["Docker-Content-Digest"].map { .string($0) },
                        "media_type": response.headers["Content-Type"].map { .string($0) },
                        "decided_by": "registry",
                    ]))
            case 404: wait.seen = "not in the registry yet"
            case 401, 403:
                wait.seen =
                    registry.hasLogin
                    ? "the registry does not let it be read with the login that is set for it"
                    : "the registry does not let it be read without credentials"
            default: wait.seen = "the registry answered \(response.status)"
            }
            return .waits(wait)
        } catch {
            return .postponed(until: error.retryAt ?? now() + settings.reconcileInterval, reason: error.message)
        }
    }
}
