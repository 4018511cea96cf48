import HTTPTypes
import Hummingbird
import SagaCore

/// An answer that is an error, as `application/problem+json` (RFC 9457).
struct ProblemDetails: Error {
    var status: HTTPResponse.Status
    /// The last part of `type`: what programs tell problems apart by.
    var kind: String
    var title: String
    var detail: String
    /// One for each thing that is wrong, with `message`, `path` and for definitions `line`, `column`, `suggestion`.
    var errors: [JSONValue] = []
    /// Further members.
    var members: [String: JSONValue] = [:]
    var headers: HTTPFields = [:]

    init(
        _ status: HTTPResponse.Status, _ kind: String, title: String? = nil, _ detail: String,
        errors: [JSONValue] = [], members: [String: JSONValue] = [:], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.kind = kind
        self.title = title ?? status.reasonPhrase
        self.detail = detail
        self.errors = errors
        self.members = members
        self.headers = headers
    }

    var response: Response {
        var all = members
        all["type"] = .string("urn:woodpecker-saga:problem:\(kind)")
        all["title"] = .string(title)
        all["status"] = .int(Int64(status.code))
        all["detail"] = .string(detail)
        if !errors.isEmpty { all["errors"] = .array(errors) }
        var response = Response.json(.object(all), status: status)
        response.headers[.contentType] = "application/problem+json"
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}

extension ProblemDetails {
    static func notFound(_ detail: String) -> ProblemDetails {
        ProblemDetails(.notFound, "not-found", detail)
    }

    static func badRequest(_ detail: String, errors: [JSONValue] = []) -> ProblemDetails {
        ProblemDetails(.badRequest, "bad-request", detail, errors: errors)
    }

    static func noSaga(_ id: String) -> ProblemDetails {
        .notFound("there is no saga '\(id)'")
    }
}

extension JSONValue {
    /// One entry of `errors` that is about a member or parameter.
    static func fault(_ path: String, _ message: String, suggestion: String? = nil) -> JSONValue {
        .object(compacting: [
            "path": .string(path), "message": .string(message), "suggestion": suggestion.map(JSONValue.string),
        ])
    }
}

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: value.json)))
    }
}
