import HTTPTypes
import Hummingbird
import Logging
import SagaCore
import SagaDefinitions
import SagaEngine

extension API {
    var startRoutes: [Route] {
        [Route(.post, "/api/v1/sagas", .scope(.start), .startSaga, start)]
    }

    static let longestKey = 512
    static let keyRule = "must have 1 to \(longestKey) characters"

    static func isKey(_ text: String) -> Bool { (1...longestKey).contains(text.unicodeScalars.count) }

    private func start(_ call: Call) async throws -> Response {
        var members = try await Members(call)
        let text = members.definitionText()
        let vars = members.object("vars") ?? [:]
        let origin = members.object("origin").map { Origin(json: .object($0)) } ?? Origin()
        let key = key(call, &members)
        try members.check()
        let checked = try DefinitionReader.read(text ?? "")
        let result = try await sagas.start(
            StartRequest(
                definition: checked.definition, definitionText: text ?? "", vars: vars, origin: origin,
                idempotencyKey: key, actor: call.caller.name))
        let view = try await view(result.saga.id)
        var response: Response
        switch result {
        case .created(let saga):
            log.info(
                "saga started",
                metadata: ["saga_id": "\(saga.id)", "saga_name": "\(saga.name)", "actor": "\(call.caller.name)"])
            response = .json(view.json, status: .created)
        case .replayed: response = .json(view.json)
        }
        response.headers[.location] = "/api/v1/sagas/\(result.saga.id)"
        return response
    }

    /// The body's key or the header's, which may stand in quotes.
    private func key(_ call: Call, _ members: inout Members) -> String? {
        var header = call.header(.idempotencyKey)
        if let quoted = header, quoted.count > 1, quoted.hasPrefix("\""), quoted.hasSuffix("\"") {
            header = String(quoted.dropFirst().dropLast())
        }
        let member = members.text("idempotency_key")
        if let header, let member, header != member {
            members.fault("idempotency_key", "differs from the header Idempotency-Key; send one of them")
        }
        let key = member ?? header
        if let key, !Self.isKey(key) { members.fault("idempotency_key", Self.keyRule) }
        return key
    }
}

extension Members {
    /// A definition's text, or its object printed; nil, with a fault, where it is missing or something else.
    mutating func definitionText() -> String? {
        switch value("definition") {
        case .string(let text)?: return text
        case .object(let members)?: return JSONValue.object(members).prettyJSON
        case nil: fault("definition", "is missing; send YAML or JSON as text, or an object")
        case .null?, .bool?, .int?, .double?, .array?: fault("definition", "must be a text or an object")
        }
        return nil
    }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key") ?? .eTag
    static let lastEventID = Self("Last-Event-ID") ?? .eTag
}
