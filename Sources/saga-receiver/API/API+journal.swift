import Hummingbird
import SagaCore
import SagaEngine

extension API {
    var journalRoutes: [Route] {
        [
            Route(.get, "/api/v1/sagas/{id}/journal", .scope(.read), .journal, journal),
            Route(.get, "/api/v1/sagas/{id}/events", .scope(.read), .sagaEvents, sagaEvents),
            Route(.get, "/api/v1/events", .scope(.read), .allEvents, allEvents),
        ]
    }

    private static let standardPage = 200
    private static let largestPage = 1000

    private func journal(_ call: Call) async throws -> Response {
        var query = Query(call)
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

    private func sagaEvents(_ call: Call) async throws -> Response {
        let id = call[parameter: "id"]
        // Before the first read, so that no entry falls between the two.
        let changes = sagas.ledger.changes()
        let view = try await view(id)
        var stream = JournalStream(sagas: sagas, saga: id, last: 0)
        if let last = try Self.lastEventID(call) {
            stream.last = last
        } else {
            stream.last = view.journal.last?.id ?? 0
            stream.greeting = ServerSentEvent.text("snapshot", id: stream.last, data: view.json)
        }
        return stream.response(changes: changes)
    }

    private func allEvents(_ call: Call) async throws -> Response {
        let query = Query(call)
        let name = query.text("name")
        try query.check()
        let changes = sagas.ledger.changes()
        var stream = JournalStream(sagas: sagas, saga: nil, name: name, last: 0)
        if let last = try Self.lastEventID(call) {
            stream.last = last
        } else {
            stream.last = try await sagas.newestEntry()
            stream.greeting = ServerSentEvent.text("start", id: stream.last, data: ["newest": .int(stream.last)])
        }
        return stream.response(changes: changes)
    }

    private static func lastEventID(_ call: Call) throws -> Int64? {
        guard let text = call.header(.lastEventID), !text.isEmpty else { return nil }
        guard let id = entryID(text) else {
            throw ProblemDetails.badRequest("Last-Event-ID must be the id of a journal entry")
        }
        return id
    }

    private static func entryID(_ text: String) -> Int64? {
        Int64(text).flatMap { $0 < 0 ? nil : $0 }
    }
}
