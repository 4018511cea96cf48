import Hummingbird
import SagaCore
import SagaEngine

extension API {
    var journalRoutes: [Route] {
        [
            Route(.get, "/api/v1/sagas/{id}/journal", .scope(.read), journal),
            Route(.get, "/api/v1/sagas/{id}/events", .scope(.read), events),
        ]
    }

    private static let standardPage = 200
    private static let largestPage = 1000

    private func journal(_ call: Call) async throws -> Response {
        var query = Query(call, known: ["after", "cursor", "limit"])
        let after = query.value("after", "the id of an entry", Self.entryID)
        let cursor = query.value("cursor", "a cursor; take it from next_cursor", Self.entryID)
        let asked = query.value("limit", "a whole number") { Int($0) } ?? Self.standardPage
        try query.check()
        let id = call[parameter: "id"]
        guard try await sagas.saga(id) != nil else { throw ProblemDetails.noSaga(id) }
        let limit = asked < 1 ? Self.standardPage : min(asked, Self.largestPage)
        let entries = try await sagas.journal(of: id, after: cursor ?? after ?? 0, limit: limit + 1)
        let page = entries.prefix(limit)
        let next = entries.count > limit ? page.last.map { JSONValue.string(String($0.id)) } : nil
        return .json(["entries": .array(page.map(\.json)), "next_cursor": next ?? .null])
    }

    private func events(_ call: Call) async throws -> Response {
        try Query(call, known: []).check()
        let id = call[parameter: "id"]
        let view = try await view(id)
        var last: Int64?
        if let text = call.header(.lastEventID), !text.isEmpty {
            guard let number = Self.entryID(text) else {
                throw ProblemDetails.badRequest("Last-Event-ID must be the id of a journal entry")
            }
            last = number
        }
        return EventStream(sagas: sagas, saga: id, snapshot: last == nil ? view : nil, last: last).response
    }

    private static func entryID(_ text: String) -> Int64? {
        Int64(text).flatMap { $0 < 0 ? nil : $0 }
    }
}
