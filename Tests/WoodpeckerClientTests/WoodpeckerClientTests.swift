import HTTPTransport
import SagaCore
import TestSupport
import Testing
import WoodpeckerClient

struct WoodpeckerClientTests {
    @Test(
        "A repository is looked up by its full name below the server's path",
        arguments: [
            ("acme/shop", "/ci/api/repos/lookup/acme/shop"),
            ("group/sub group/a+b?c", "/ci/api/repos/lookup/group/sub%20group/a%2Bb%3Fc"),
        ])
    func lookup(name: String, path: String) async throws {
        let answer =
            #"{"id":31,"full_name":"acme/shop","default_branch":"trunk","forge_url":"https://f/x","active":true}"#
        try await withWoodpecker(prefix: "/ci/", { _ in .json(answer) }) { client, server in
            let repo = try await client.repo(name)
            #expect(repo.id == 31)
            #expect(repo.fullName == "acme/shop")
            #expect(repo.defaultBranch == "trunk")
            #expect(repo.active)
            let asked = try #require(server.requests.first)
            #expect(asked.method == "GET")
            #expect(asked.path == path)
            #expect(asked.headers["authorization"] == "Bearer t0ken")
            #expect(client.url(repoID: 31, number: 4) == "\(server.url)/ci/repos/31/pipeline/4")
        }
    }

    @Test("Without a token no credentials are sent", arguments: [nil, ""])
    func anonymous(token: String?) async throws {
        try await withWoodpecker(token: token, { _ in .json(#"{"source":"x","version":"3.17.0"}"#) }) {
            client, server in
            let version = try await client.version()
            #expect(version == "3.17.0")
            #expect(server.requests.first?.path == "/version")
            #expect(server.requests.first?.headers["authorization"] == nil)
        }
    }

    @Test("The owner of the token is told")
    func user() async throws {
        try await withWoodpecker({ _ in .json(#"{"id":5,"login":"mira","admin":true}"#) }) { client, server in
            let user = try await client.user()
            #expect(user.login == "mira")
            #expect(user.isAdmin)
            #expect(server.requests.map(\.path) == ["/api/user"])
        }
    }

    @Test("A created pipeline comes back, also one whose configuration cannot be read")
    func create() async throws {
        let answer = """
            {"id":901,"number":12,"event":"manual","status":"error","errors":[
            {"type":"linter","message":"just a hint","is_warning":true},
            {"type":"compiler","message":"no steps","is_warning":false}]}
            """
        try await withWoodpecker({ _ in .json(answer) }) { client, server in
            let created = try await client.createPipeline(repoID: 3, branch: "main", variables: ["SAGA_KEY": "a\"b"])
            guard case .pipeline(let pipeline) = created else {
                Issue.record("filtered")
                return
            }
            #expect(pipeline.number == 12)
            #expect(pipeline.knownStatus == .error)
            #expect(pipeline.errors == ["no steps"])
            let asked = try #require(server.requests.first)
            #expect(asked.method == "POST")
            #expect(asked.path == "/api/repos/3/pipelines")
            #expect(asked.headers["content-type"] == "application/json")
            let body = try JSONValue(parsing: asked.body)
            #expect(body == ["branch": "main", "variables": ["SAGA_KEY": "a\"b"]])
        }
    }

    @Test("A create that nothing wants to run is filtered, not an error")
    func filtered() async throws {
        try await withWoodpecker({ _ in LoopbackServer.Response(204, headers: [("Pipeline-Filtered", "true")]) }) {
            client, _ in
            let created = try await client.createPipeline(repoID: 3, branch: "main")
            #expect(created == .filtered)
        }
    }

    @Test("Restart answers with the new number, cancel with nothing")
    func restartAndCancel() async throws {
        try await withWoodpecker({ request in
            request.path.hasSuffix("/cancel") ? LoopbackServer.Response(204) : .json(listed(13, parent: 12))
        }) { client, server in
            let restarted = try await client.restart(repoID: 3, number: 12)
            #expect(restarted.number == 13)
            #expect(restarted.parent == 12)
            try await client.cancel(repoID: 3, number: 13)
            #expect(server.requests.map(\.path) == ["/api/repos/3/pipelines/12", "/api/repos/3/pipelines/13/cancel"])
            #expect(server.requests.allSatisfy { $0.method == "POST" && $0.query.isEmpty && $0.body.isEmpty })
        }
    }

    struct Refusal: Sendable {
        var status: Int
        var text: String
        var kind: WoodpeckerError.Kind
        var verdict: Failure.Class
    }

    @Test(
        "Each refusal has its name and its verdict",
        arguments: [
            Refusal(status: 404, text: "", kind: .notFoundOrNoPermission, verdict: .permanent),
            Refusal(status: 403, text: "", kind: .notFoundOrNoPermission, verdict: .permanent),
            Refusal(status: 401, text: "User not authorized", kind: .unauthorized, verdict: .permanent),
            Refusal(status: 400, text: "bad branch\nmore", kind: .badRequest("bad branch"), verdict: .permanent),
            Refusal(status: 409, text: "", kind: .badRequest("status 409."), verdict: .permanent),
            Refusal(status: 429, text: "", kind: .server(status: 429, ""), verdict: .retryable),
            Refusal(status: 500, text: "no head", kind: .server(status: 500, "no head"), verdict: .retryable),
            Refusal(status: 502, text: "<html>", kind: .server(status: 502, ""), verdict: .retryable),
        ])
    func refusals(refusal: Refusal) async throws {
        try await withWoodpecker({ _ in
            LoopbackServer.Response(
                refusal.status, headers: [("Retry-After", "7")], body: .bytes(Array(refusal.text.utf8)))
        }) { client, server in
            let error = try #require(
                await problem { () throws(WoodpeckerError) in try await client.restart(repoID: 3, number: 1) })
            #expect(error.kind == refusal.kind)
            #expect(error.class == refusal.verdict)
            #expect(error.retryAfter == .seconds(7))
            #expect(error.message.hasPrefix("POST 127.0.0.1:\(server.port)/api/repos/3/pipelines/1: "))
            #expect(!error.message.contains("t0ken"))
        }
    }

    @Test("An answer that is no JSON is unreadable: harmless for a read, an open question for a write")
    func unreadable() async throws {
        try await withWoodpecker({ _ in .text("<html>sign in</html>") }) { client, _ in
            let read = await problem { () throws(WoodpeckerError) in try await client.pipeline(repoID: 3, number: 1) }
            let write = await problem { () throws(WoodpeckerError) in try await client.restart(repoID: 3, number: 1) }
            #expect(read?.class == .retryable)
            #expect(write?.class == .unknown)
        }
    }

    @Test("A server that cannot be reached is worth another try, for writes too, since nothing was sent")
    func unreachable() async throws {
        let server = try await LoopbackServer.start { _ in .text("") }
        await server.stop()
        let http = CurlClient(userAgent: "woodpecker-saga/test")
        defer { http.close() }
        let client = WoodpeckerClient(server: server.url, token: "t0ken", http: http)
        let error = try #require(
            await problem { () throws(WoodpeckerError) in try await client.createPipeline(repoID: 3, branch: "main") })
        guard case .unreachable(let failure) = error.kind else {
            Issue.record("\(error)")
            return
        }
        #expect(failure.kind == .refused)
        #expect(error.class == .retryable)
    }

    @Test("A lost answer is unknown for a write and retryable for a read")
    func lost() {
        let failure = HTTPFailure(.connectionLost, "gone", mayHaveBeenSent: true)
        #expect(WoodpeckerError(.unreachable(failure), call: "GET x", isRead: true).class == .retryable)
        #expect(WoodpeckerError(.unreachable(failure), call: "POST x", isRead: false).class == .unknown)
    }
}
