import HTTPTransport
import SagaCore
import TestSupport
import Testing

/// What happens to all sagas, as server-sent events.
@Suite(.timeLimit(.minutes(2))) struct EventStoryTests {
    /// An event as it came over the wire.
    struct Event {
        var name: String?
        var id: String?
        var data: JSONValue
    }

    /// Reads events until one is the wanted.
    static func events(
        _ receiver: Receiver, _ path: String, after last: String? = nil, until isLast: (Event) async throws -> Bool
    ) async throws -> [Event] {
        var headers: HTTPHeaders = ["Authorization": "Bearer \(Receiver.token)"]
        headers["Last-Event-ID"] = last
        let stream = try await receiver.http.stream(HTTPRequest("GET", receiver.url + path, headers: headers))
        try #require(stream.status == 200)
        #expect(stream.headers["Content-Type"] == "text/event-stream")
        var found: [Event] = []
        var text = ""
        for try await chunk in stream.body {
            text += String(decoding: chunk, as: UTF8.self)
            while let end = text.firstRange(of: "\n\n") {
                let fields = text[..<end.lowerBound].split(separator: "\n").map {
                    $0.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
                }
                text.removeSubrange(..<end.upperBound)
                func value(_ name: String) -> String? { fields.first { $0.first ?? "" == name }.map { String($0[1]) } }
                guard let data = value("data") else { continue }
                found.append(Event(name: value("event"), id: value("id"), data: try JSONValue(parsing: data)))
                if try await isLast(found[found.count - 1]) { return found }
            }
        }
        Issue.record("the events ended too early")
        return found
    }

    static let quick = Definitions.saga("quick", [:], Definitions.shell("a", "true"))

    @Test func everyEntryOfEverySagaComesOnceAndInOrder() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let before = try await receiver.run(Self.quick)["id"]
                let start = try await Self.events(receiver, "/api/v1/events") { $0.name == "start" }
                let newest = try #require(start.first?.id)
                #expect(start.count == 1 && start[0].data["newest"]?.text == newest)

                let first = try await receiver.run(Self.quick)["id"]
                let second = try await receiver.run(Definitions.saga("other", [:], Definitions.shell("a", "true")))[
                    "id"]
                let seen = try await Self.events(receiver, "/api/v1/events", after: newest) {
                    $0.data["saga_id"] == second && $0.data["kind"] == "saga_completed"
                }
                let ids = seen.compactMap { $0.id.flatMap { Int64($0) } }
                #expect(ids.count == seen.count && ids == ids.sorted() && Set(ids).count == ids.count)
                #expect(Set(seen.map { $0.data["saga_id"] }) == [first, second] && !seen.contains { $0.name != nil })
                #expect(!seen.contains { $0.data["saga_id"] == before }, "what the client has is not sent again")

                let rest = try await Self.events(receiver, "/api/v1/events", after: "\(ids[2])") {
                    $0.data["saga_id"] == second && $0.data["kind"] == "saga_completed"
                }
                #expect(rest.map(\.id) == seen.dropFirst(3).map(\.id), "it goes on where it left off")
                let named = try await Self.events(receiver, "/api/v1/events?name=other", after: newest) {
                    $0.data["kind"] == "saga_completed"
                }
                #expect(Set(named.map { $0.data["saga_id"] }) == [second])
            }
        }
    }

    @Test func whatComesLaterComesLive() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                var id: String?
                let seen = try await Self.events(receiver, "/api/v1/events?name=quick") { event in
                    guard event.name == "start" else { return event.data["kind"] == "saga_completed" }
                    id = try await receiver.start(Self.quick)
                    return false
                }
                #expect(id != nil && seen.dropFirst().allSatisfy { $0.data["saga_id"]?.stringValue == id })
                #expect(seen.count > 3)
            }
        }
    }

    @Test func whatIsNoEntryIsRefused() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                for path in ["/api/v1/events", "/api/v1/sagas/\(try await receiver.start(Definitions.gate))/events"] {
                    let answer = try await receiver.send(
                        "GET", path, nil, headers: [("Last-Event-ID", "yesterday")])
                    #expect(answer.status == 400 && answer.json["detail"]?.text.contains("Last-Event-ID") == true)
                    #expect(try await receiver.send("GET", path, token: nil).status == 401)
                    #expect(try await receiver.send("GET", path + "?since=1").status == 400)
                }
            }
        }
    }
}
