import HTTPTransport
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
        guard let reference = ImageReference(image.image) else {
            return .failed(Failure(.permanent, "'\(image.image)' is no image such as registry.example.com/name:tag"))
        }
        do throws(HTTPFailure) {
            let response = try await manifest(of: reference, plainHTTP: image.plainHTTP || reference.isOnLoopback)
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
            case 401, 403: wait.seen = "the registry does not let it be read without credentials"
            default: wait.seen = "the registry answered \(response.status)"
            }
            return .waits(wait)
        } catch {
            return .postponed(until: error.retryAt ?? now() + settings.reconcileInterval, reason: error.message)
        }
    }

    private static let manifestTypes = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]

    private func manifest(
        of reference: ImageReference, plainHTTP: Bool
    ) async throws(HTTPFailure) -> HTTPResponse {
        let base = (plainHTTP ? "http" : "https") + "://" + reference.registry
        let request = HTTPRequest(
            "HEAD", "\(base)/v2/\(reference.name)/manifests/\(reference.tag)",
            headers: ["Accept": Self.manifestTypes.joined(separator: ", ")])
        let response = try await http.send(request)
        guard response.status == 401, let challenge = response.headers["WWW-Authenticate"],
            let token = try await token(for: challenge, plainHTTP: plainHTTP)
        else { return response }
        var authorized = request
        authorized.headers["Authorization"] = "Bearer \(token)"
        return try await http.send(authorized)
    }

    /// The registry's token flow for anonymous readers: asks the realm that the challenge names.
    private func token(for challenge: String, plainHTTP: Bool) async throws(HTTPFailure) -> String? {
        let fields = ImageReference.challengeFields(challenge)
        guard let realm = fields["realm"], realm.hasPrefix("https://") || plainHTTP else { return nil }
        let query = ["service", "scope"].compactMap { name in
            fields[name].map { name + "=" + TemplateFilter.percentEncoded($0) }
        }.joined(separator: "&")
        let response = try await http.send(HTTPRequest("GET", realm + "?" + query, allowsLinkLocal: false))
        let json = try? JSONValue(parsing: response.body)
        return json?["token"]?.stringValue ?? json?["access_token"]?.stringValue
    }
}

/// `registry/name:tag`, taken apart.
struct ImageReference {
    var registry: String
    var name: String
    var tag: String

    init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), let colon = text.lastIndex(of: ":"), slash < colon else {
            return nil
        }
        registry = String(text[..<slash])
        name = String(text[text.index(after: slash)..<colon])
        tag = String(text[text.index(after: colon)...])
        guard !registry.isEmpty, !name.isEmpty, !tag.isEmpty, !tag.contains("/") else { return nil }
    }

    var isOnLoopback: Bool {
        let host = registry.split(separator: ":").first.map(String.init) ?? ""
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || isIPv4 && octets.first == "127" || registry.hasPrefix("[::1]")
    }

    /// The `name="value"` fields of a `WWW-Authenticate: Bearer` challenge.
    static func challengeFields(_ challenge: String) -> [String: String] {
        guard challenge.lowercased().hasPrefix("bearer ") else { return [:] }
        var fields: [String: String] = [:]
        var rest = challenge.dropFirst(7)
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].filter { $0 != " " && $0 != "," }.lowercased()
            rest = rest[rest.index(after: equals)...]
            guard rest.first == "\"" else { break }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: "\"") else { break }
            fields[name] = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        return fields
    }
}
