import HTTPTypes
import Hummingbird
import SagaCore
import SagaEngine
import Testing

@testable import saga_receiver

@Suite struct APITests {
    @Test func `a saga is started, replayed by its key, and refused with other content`() async throws {
        try await House.with { (house: House) async throws in
            let body = #"{"definition": "name: a\nvars: {v: 1}\nsteps: [{name: x, action: approval}]\n"}"#
            let key: HTTPFields = [.idempotencyKey: "k"]
            let first = try await house.call(.post, "/api/v1/sagas", body, headers: key)
            #expect(first.status == 201)
            let id = try #require(first.json["id"]?.stringValue)
            #expect(first.headers[.location] == "/api/v1/sagas/\(id)")
            #expect(first.json["url"] == .string("https://saga.example.com/sagas/\(id)"))
            let again = try await house.call(.post, "/api/v1/sagas", body, headers: key)
            #expect(again.status == 200)
            #expect(again.json["id"] == first.json["id"])
            let other = #"{"definition": "name: b\nsteps: [{name: x, action: approval}]\n", "idempotency_key": "k"}"#
            #expect(try await house.call(.post, "/api/v1/sagas", other).status == 422)
            let journal = try await house.call(.get, "/api/v1/sagas/\(id)/journal")
            #expect(journal.json["entries"]?[0]?["actor"] == "ops")
        }
    }

    @Test func `a definition may be an object`() async throws {
        try await House.with { (house: House) async throws in
            let body = #"{"definition": {"name": "a", "steps": [{"name": "x", "action": "approval"}]}}"#
            #expect(try await house.call(.post, "/api/v1/sagas", body).status == 201)
        }
    }

    @Test(arguments: [
        (#"{}"#, "definition"), (#"{"definition": 1}"#, "definition"), (#"{"definition": "name: A\n"}"#, "name"),
        (#"{"definition": "name: a\nsteps: [{name: x, action: approval}]", "vars": {"v": 1}}"#, "vars.v"),
        (#"{"definition": "name: a\nvars: {v: null}\nsteps: [{name: x, action: approval}]"}"#, "vars.v"),
        (#"{"definition": "", "wait": true}"#, "wait"), (#"{"definition": "", "vars": []}"#, "vars"),
        (#"{"definition": "", "idempotency_key": ""}"#, "idempotency_key"),
    ])
    func `a bad start is told with the path of what is wrong`(body: String, path: String) async throws {
        try await House.with { (house: House) async throws in
            let answer = try await house.call(.post, "/api/v1/sagas", body)
            #expect(answer.status == 400)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.json["errors"]?.arrayValue?.contains { $0["path"] == .string(path) } == true)
            #expect(try await house.sagas.list(SagaFilter()).isEmpty)
        }
    }

    @Test func `a policy that rejects is a conflict that names the holder`() async throws {
        try await House.with { (house: House) async throws in
            let body =
                #"{"definition": "name: a\nconcurrency: {key: k, policy: reject}\nsteps: [{name: x, action: approval}]"}"#
            let first = try await house.call(.post, "/api/v1/sagas", body)
            let second = try await house.call(.post, "/api/v1/sagas", body)
            #expect(second.status == 409)
            #expect(second.json["held_by"] == first.json["id"])
        }
    }

    @Test func `pages neither repeat nor leave out while sagas are added and removed`() async throws {
        try await House.with { (house: House) async throws in
            var ids: [String] = []
            for number in 0..<9 { ids.append(try await house.start(name: "n\(number)")) }
            var found: [String] = []
            var cursor: String?
            repeat {
                let path = "/api/v1/sagas?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await house.call(.get, path).json
                found += (page["sagas"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                cursor = page["next_cursor"]?.stringValue
                // A newer one, and the one at the cursor goes away.
                _ = try await house.start(name: "later")
                if let cursor, found.count == 4 {
                    let killed = try await house.call(.post, "/api/v1/sagas/\(cursor)/kill", #"{"reason": "test"}"#)
                    #expect(killed.status == 200)
                    #expect(try await house.call(.delete, "/api/v1/sagas/\(cursor)").status == 204)
                }
            } while cursor != nil
            #expect(found == ids.reversed())
        }
    }

    @Test func `pages are newest first and end with a null cursor`() async throws {
        try await House.with { (house: House) async throws in
            var ids: [String] = []
            for number in 0..<5 { ids.append(try await house.start(name: "n\(number)")) }
            var found: [String] = []
            var path = "/api/v1/sagas?limit=2"
            for _ in 0..<3 {
                let page = try await house.call(.get, path).json
                found += (page["sagas"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                guard let cursor = page["next_cursor"]?.stringValue else { break }
                path = "/api/v1/sagas?limit=2&cursor=\(cursor)"
            }
            #expect(found == ids.reversed())
            let since = "since=2026-01-31T10:05:07.123+01:00"
            #expect(try await house.call(.get, "/api/v1/sagas?\(since)&name=n3").json["sagas"]?.arrayValue?.count == 1)
            #expect(try await house.call(.get, "/api/v1/sagas?status=failed").json["sagas"] == [])
        }
    }

    @Test(arguments: [
        "status=done", "since=yesterday", "cursor=x", "limit=many", "state=failed", "name=a&name=b",
    ])
    func `a query that cannot be meant is a bad request`(query: String) async throws {
        try await House.with { (house: House) async throws in
            #expect(try await house.call(.get, "/api/v1/sagas?\(query)").status == 400)
        }
    }

    @Test func `operations answer with the saga, or with what is allowed`() async throws {
        try await House.with { (house: House) async throws in
            let id = try await house.start()
            let path = "/api/v1/sagas/\(id)"
            #expect(try await house.call(.post, "\(path)/pause").json["paused"] == true)
            let refused = try await house.call(.post, "\(path)/pause")
            #expect(refused.status == 409)
            #expect(refused.json["allowed"]?.arrayValue?.contains("resume") == true)
            #expect(try await house.call(.patch, path, #"{"vars": {"v": 2}}"#).json["vars"]?["v"] == 2)
            #expect(try await house.call(.patch, path, #"{"vars": {"w": 2}}"#).status == 400)
            #expect(try await house.call(.delete, path).status == 409)
            #expect(try await house.call(.post, "\(path)/kill").status == 400)
            #expect(try await house.call(.post, "\(path)/kill", #"{"reason": "enough"}"#).json["status"] == "failed")
            #expect(try await house.call(.post, "\(path)/steps/nope/skip").status == 404)
            #expect(try await house.call(.delete, path).status == 204)
            #expect(try await house.call(.get, path).status == 404)
            #expect(try await house.call(.post, "\(path)/kill", #"{"reason": "x"}"#).status == 404)
        }
    }

    @Test(
        arguments: [
            ("GET", "/api/v1/sagas", nil, 401), ("POST", "/api/v1/sagas", "r", 403),
            ("POST", "/api/v1/sagas/x/kill", "s", 403), ("POST", "/api/v1/signals", "r", 403),
            ("GET", "/health", nil, 200), ("GET", "/health/ready", nil, 200), ("GET", "/health/circuits", nil, 200),
            ("PUT", "/api/v1/sagas", nil, 405), ("GET", "/nothing", nil, 404), ("POST", "/webhooks/gitea", nil, 404),
            ("POST", "/webhooks/svn", nil, 404), ("POST", "/webhooks/generic", nil, 415),
        ] as [(String, String, String?, Int)])
    func `every door has its lock`(method: String, path: String, token: String?, status: Int) async throws {
        try await House.with { (house: House) async throws in
            let method = try #require(HTTPRequest.Method(method))
            let answer = try await house.call(method, path, token: token)
            #expect(answer.status == status)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            if status == 405 { #expect(answer.headers[.allow] == "GET, HEAD, POST") }
        }
    }

    @Test func `bodies of another type or beyond the limit are refused`() async throws {
        try await House.with { (house: House) async throws in
            let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            #expect(try await house.call(.post, "/api/v1/sagas", "a=b", headers: form).status == 415)
            let large = String(repeating: " ", count: Call.bodyLimit + 1)
            #expect(try await house.call(.post, "/api/v1/sagas", large).status == 413)
            #expect(try await house.call(.post, "/api/v1/sagas", "{").status == 400)
            #expect(try await house.call(.post, "/api/v1/sagas", "[]").status == 400)
        }
    }

    @Test func `a definition is checked and planned without being stored`() async throws {
        try await House.with { (house: House) async throws in
            let good = #"{"definition": "name: a\nsteps: [{name: x, action: approval}]"}"#
            let bad = #"{"definition": "name: a\nsteps: [{name: x, action: aproval}]"}"#
            #expect(try await house.call(.post, "/api/v1/definitions/validate", good).json["valid"] == true)
            let found = try await house.call(.post, "/api/v1/definitions/validate", bad)
            #expect(found.status == 200)
            #expect(found.json["valid"] == false)
            #expect(found.json["errors"]?[0]?["line"] == 2)
            #expect(try await house.call(.post, "/api/v1/definitions/plan", good).json["order"] == [["x"]])
            #expect(try await house.call(.post, "/api/v1/definitions/plan", bad).status == 400)
        }
    }
}
