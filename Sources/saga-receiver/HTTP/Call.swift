import HTTPTypes
import Hummingbird
import SagaCore

/// A request that found its route, and who made it.
struct Call: Sendable {
    var request: Request
    var target: RequestTarget
    var parameters: [String: String]
    var caller: Caller
    /// What its route takes.
    var description: RouteDescription?

    /// For everything but webhooks, in bytes.
    static let bodyLimit = 1 << 20

    subscript(parameter name: String) -> String { parameters[name] ?? "" }

    func header(_ name: HTTPField.Name) -> String? { request.headers[name] }

    /// The whole body; a longer one is refused, before it is read where its length was announced.
    func body(limit: Int) async throws -> [UInt8] {
        let tooLarge = ProblemDetails(
            .contentTooLarge, "body-too-large", "the body is larger than \(limit) bytes",
            headers: [.connection: "close"])
        if let length = header(.contentLength).flatMap(Int.init), length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
                bytes += part.readableBytesView
            }
        } catch let problem as ProblemDetails {
            throw problem
        } catch {
            throw BrokenBody(cause: error)
        }
        return bytes
    }

    /// The body as a JSON object; an empty body is an empty object.
    func json() async throws -> JSONValue {
        try checkMediaType()
        let bytes = try await body(limit: Self.bodyLimit)
        guard !bytes.isEmpty else { return [:] }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw ProblemDetails.badRequest("the body is no JSON: \(error)")
        }
        guard value.objectValue != nil else { throw ProblemDetails.badRequest("the body must be a JSON object") }
        return value
    }

    /// A body without a type is taken for JSON, since nothing else is taken here.
    private func checkMediaType() throws {
        let type = (header(.contentType) ?? "application/json").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        let encoding = header(.contentEncoding)?.lowercased() ?? "identity"
        let isJSON = type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
        guard isJSON, encoding == "identity" else {
            throw ProblemDetails(
                .unsupportedMediaType, "unsupported-media-type",
                "send the body as application/json, without a content encoding", headers: [.accept: "application/json"])
        }
    }
}

/// The connection broke, or what came over it was no HTTP, before the body was there.
struct BrokenBody: Error {
    var cause: any Error
}
