import HTTPTypes
import Hummingbird
import SagaCore

/// The description of the API in OpenAPI 3.1, made of the table of routes.
struct OpenAPIDocument {
    let routes: [Route]
    /// Where people reach the receiver, if that is known.
    let publicURL: String?
    /// The name of the dashboard's cookie.
    let cookie: String

    /// The document at its place. It does not change while the process runs.
    var route: Route {
        let itself = Route(.get, "/openapi.json", .open, .openAPI) { _ in Response.json([:]) }
        let text = OpenAPIDocument(routes: routes + [itself], publicURL: publicURL, cookie: cookie).json
        return Route(.get, "/openapi.json", .open, .openAPI) { _ in .json(text) }
    }

    var json: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes {
            guard let description = route.description else { continue }
            let path = "/" + route.path.joined(separator: "/")
            paths[path, default: [:]][route.method.rawValue.lowercased()] = operation(route, description)
        }
        return [
            "openapi": "3.1.0", "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
            "info": [
                "title": "woodpecker-saga receiver", "version": .string(Version.current),
                "summary": "Durable multi-step runs with compensation for Woodpecker CI",
                "description": .string(Self.introduction),
            ],
            "servers": [["url": .string(publicURL ?? "/"), "description": "This receiver."]],
            "tags": .array(
                RouteDescription.Tag.allCases.map {
                    ["name": .string($0.rawValue), "description": .string($0.doc)]
                }),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "schemas": .object(Components.all.mapValues(\.json)), "securitySchemes": securitySchemes,
            ],
        ]
    }

    private static let introduction =
        "Errors are application/problem+json (RFC 9457). Times are RFC 3339 in UTC with milliseconds, ids UUIDv7 in "
        + "lower case, durations as in 1m30s. A body has at most 1 MiB, that of a webhook 25 MiB; members and "
        + "parameters that are not listed here are refused. A scope includes those before it: read, start, operate, "
        + "admin."

    private var securitySchemes: JSONValue {
        [
            "token": [
                "type": "http", "scheme": "bearer",
                "description": "One of SAGA_TOKENS; its scope decides what it may do.",
            ],
            "session": [
                "type": "apiKey", "in": "cookie", "name": .string(cookie),
                "description": "The dashboard's session: for what only reads.",
            ],
        ]
    }

    private func operation(_ route: Route, _ description: RouteDescription) -> JSONValue {
        var operation: [String: JSONValue] = [
            "operationId": .string(description.id), "tags": [.string(description.tag.rawValue)],
            "summary": .string(description.summary), "description": .string(Self.text(route, description)),
            "responses": .object(responses(route, description)), "security": Self.security(route),
        ]
        let parameters = Self.parameters(route, description)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = description.body { operation["requestBody"] = Self.requestBody(body) }
        return .object(operation)
    }

    private static func text(_ route: Route, _ description: RouteDescription) -> String {
        let needs: String? =
            switch route.access {
            case .open: nil
            case .signature: nil
            case .scope(let scope): "Needs the scope `\(scope.name)`."
            }
        let details = description.details.isEmpty ? description.summary + "." : description.details
        return [details, needs].compactMap { $0 }.joined(separator: " ")
    }

    private static func security(_ route: Route) -> JSONValue {
        guard case .scope(let scope) = route.access else { return [] }
        let roles: JSONValue = [.string(scope.name)]
        return route.method == .get ? [["token": roles], ["session": roles]] : [["token": roles]]
    }

    private static func parameters(_ route: Route, _ description: RouteDescription) -> [JSONValue] {
        let inPath = route.parameterNames.map { name in
            description.path.first { $0.name == name } ?? standard(name)
        }
        let groups = [("path", inPath), ("query", description.query), ("header", description.headers)]
        return groups.flatMap { place, parameters in
            parameters.map { parameter -> JSONValue in
                var members: [String: JSONValue] = [
                    "name": .string(parameter.name), "in": .string(place), "required": .bool(place == "path"),
                    "description": .string(parameter.doc), "schema": parameter.schema.json,
                ]
                // What is empty counts as not given: browsers send every field of a form.
                if place == "query" { members["allowEmptyValue"] = true }
                return .object(members)
            }
        }
    }

    private static func standard(_ name: String) -> RouteDescription.Parameter {
        switch name {
        case "id": .init(name, Components.id)
        case "step": .init(name, Components.name.saying("The step's name."))
        default: .init(name, .text(""))
        }
    }

    private static func requestBody(_ body: RouteDescription.Body) -> JSONValue {
        var content: [String: JSONValue] = [:]
        for type in body.types {
            content[type] = .object(compacting: ["schema": body.schema.json, "example": body.example])
        }
        let doc = body.schema.members["description"] ?? "What is sent."
        return ["required": .bool(body.isRequired), "description": doc, "content": .object(content)]
    }

    private func responses(_ route: Route, _ description: RouteDescription) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        let problems = Self.commonProblems(route, description).merging(description.problems) { $1 }
        for (status, doc) in problems {
            responses["\(status.code)"] = [
                "description": .string(doc),
                "content": .object([description.problemType: ["schema": description.problemSchema.json]]),
            ]
        }
        for answer in description.answers {
            var members: [String: JSONValue] = ["description": .string(answer.doc)]
            if let schema = answer.schema { members["content"] = .object([answer.type: ["schema": schema.json]]) }
            if !answer.headers.isEmpty {
                members["headers"] = .object(
                    Dictionary(uniqueKeysWithValues: answer.headers.map { ($0.name, ["schema": $0.schema.json]) }))
            }
            if description.id == RouteDescription.startSaga.id {
                members["links"] = DocumentLinks.fromStart(to: routes)
            }
            responses["\(answer.status.code)"] = .object(members)
        }
        return responses
    }

    /// What follows from a route's access, path, parameters and body.
    private static func commonProblems(
        _ route: Route, _ description: RouteDescription
    ) -> [HTTPResponse.Status: String] {
        var problems: [HTTPResponse.Status: String] = [
            .badRequest: "The path, the query, a header or the body has problems: all of them.",
            .internalServerError: "Something went wrong in the receiver; its log says what.",
            .serviceUnavailable: "The store cannot be used, or the receiver is stopping.",
        ]
        if case .scope = route.access {
            problems[.unauthorized] = "The token is missing or not known."
            problems[.forbidden] = "The token's scope is too small."
        }
        if route.parameterNames.contains("id") { problems[.notFound] = "There is no such saga or step." }
        if description.body != nil {
            problems[.contentTooLarge] = "The body is too large."
            problems[.unsupportedMediaType] = "The body is of a type that is not taken here."
        }
        return problems
    }
}
