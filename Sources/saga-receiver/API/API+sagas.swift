import Hummingbird
import Logging
import SagaCore
import SagaEngine

extension API {
    var sagaRoutes: [Route] {
        [
            Route(.get, "/api/v1/sagas", .scope(.read), .listSagas, list),
            Route(.get, "/api/v1/sagas/{id}", .scope(.read), .showSaga, show),
            Route(.post, "/api/v1/sagas/{id}/keys", .scope(.start), .addKey, addKey),
            Route(.patch, "/api/v1/sagas/{id}", .scope(.operate), .changeVars, change),
            Route(.delete, "/api/v1/sagas/{id}", .scope(.operate), .deleteSaga, delete),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        var query = Query(call)
        let words = SagaStatus.allCases.map(\.rawValue).joined(separator: ", ")
        let status = query.value("status", "one of \(words)", SagaStatus.init(rawValue:))
        let since = query.value("since", "a time as in RFC 3339") { text in
            // In a query, a plus that was not encoded reads as a blank.
            Moment(rfc3339: text) ?? Moment(rfc3339: text.replacing(" ", with: "+"))
        }
        let limit = query.value("limit", "a whole number") { Int($0) }
        let cursor = query.value("cursor", "a cursor; take it from next_cursor") { Self.isID($0) ? $0 : nil }
        try query.check()
        var filter = SagaFilter(
            name: query.text("name"), status: status, since: since, limit: limit ?? SagaFilter.standardLimit,
            cursor: cursor)
        filter.idempotencyKey = query.text("idempotency_key")
        let limited = filter.limit
        // One more tells whether there is a next page.
        filter.limit += 1
        let views = try await sagas.views(filter, publicURL: publicURL)
        let page = views.prefix(limited)
        let next = views.count > limited ? page.last.map { JSONValue.string($0.saga.id) } : nil
        return .json(["sagas": .array(page.map(\.json)), "next_cursor": next ?? .null])
    }

    /// The form of a UUID in lower case.
    static func isID(_ text: String) -> Bool {
        text.split(separator: "-", omittingEmptySubsequences: false).map(\.count) == [8, 4, 4, 4, 12]
            && text.allSatisfy { $0 == "-" || "0123456789abcdef".contains($0) }
    }

    private func show(_ call: Call) async throws -> Response {
        .json(try await view(call[parameter: "id"]).json)
    }

    /// A further key under which a start finds the saga: a restarted pipeline goes on with what another one started.
    private func addKey(_ call: Call) async throws -> Response {
        var members = try await Members(call)
        let key = members.text("idempotency_key") ?? ""
        if !Self.isKey(key) { members.fault("idempotency_key", Self.keyRule) }
        try members.check()
        let id = call[parameter: "id"]
        guard try await sagas.addKey(key, to: id) != nil else { throw ProblemDetails.noSaga(id) }
        return .json(try await view(id).json)
    }

    private func change(_ call: Call) async throws -> Response {
        var members = try await Members(call)
        let vars = members.object("vars")
        let reason = members.text("reason")
        if members.value("vars") == nil { members.fault("vars", "is missing") }
        try members.check()
        return try await operate(.changeVars(vars ?? [:]), call, reason: reason)
    }

    func delete(_ call: Call) async throws -> Response {
        let id = call[parameter: "id"]
        guard try await sagas.delete(id) else { throw ProblemDetails.noSaga(id) }
        log.info("saga deleted", metadata: ["saga_id": "\(id)", "actor": "\(call.caller.name)"])
        return Response(status: .noContent)
    }
}
