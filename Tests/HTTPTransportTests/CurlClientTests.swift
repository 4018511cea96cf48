import HTTPTransport
import TestSupport
import Testing

struct CurlClientTests {
    private static func echo(_ request: LoopbackServer.Request) -> LoopbackServer.Response {
        LoopbackServer.Response(
            request.path == "/teapot" ? 418 : 200,
            headers: [("X-Method", request.method), ("X-Type", request.headers["content-type"] ?? "none")],
            body: .bytes(request.body))
    }

    @Test(
        "A request arrives as it was given and its answer comes back whole",
        arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func roundTrip(method: String) async throws {
        try await withLoopbackServer({ Self.echo($0) }) { server in
            try await withClient { client in
                let body = method == "GET" ? nil : Array("{\"a\":1}".utf8)
                let response = try await client.send(
                    HTTPRequest(
                        method, server.url + "/a/b?c=d%20e", headers: ["X-Own": "v", "X-Empty": ""], body: body))
                #expect(response.status == 200)
                #expect(response.headers["x-METHOD"] == method)
                #expect(response.headers["X-Type"] == "none")
                #expect(response.body == body ?? [])
                let asked = try #require(server.requests.first)
                #expect(asked.method == method)
                #expect(asked.path == "/a/b")
                #expect(asked.query == "c=d%20e")
                #expect(asked.headers["x-own"] == "v")
                #expect(asked.headers["x-empty"] == "")
                #expect(asked.headers["user-agent"] == "woodpecker-saga/test")
                #expect(asked.headers["expect"] == nil)
            }
        }
    }

    @Test("A POST without a body says so, and HEAD expects none")
    func noBody() async throws {
        try await withLoopbackServer({ Self.echo($0) }) { server in
            try await withClient { client in
                for body in [nil, []] as [[UInt8]?] {
                    let answer = try await client.send(HTTPRequest("POST", server.url, body: body))
                    #expect(answer.status == 200)
                }
                let head = try await client.send(HTTPRequest("HEAD", server.url))
                #expect(head.headers["X-Method"] == "HEAD")
                #expect(server.requests.map { $0.headers["content-length"] } == ["0", "0", nil])
            }
        }
    }

    @Test("Statuses are answers, and redirects are not followed", arguments: [404, 500, 302, 204])
    func statuses(status: Int) async throws {
        try await withLoopbackServer({ _ in LoopbackServer.Response(status, headers: [("Location", "/else")]) }) {
            server in
            try await withClient { client in
                let answer = try await client.send(HTTPRequest("GET", server.url))
                #expect(answer.status == status)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("A big body goes there and back")
    func bigBody() async throws {
        try await withLoopbackServer({ Self.echo($0) }) { server in
            try await withClient { client in
                let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let answer = try await client.send(HTTPRequest("PUT", server.url, body: body))
                #expect(answer.body == body)
            }
        }
    }

    @Test("Reads share a kept connection; what must not be repeated gets its own")
    func reuse() async throws {
        try await withLoopbackServer({ Self.echo($0) }) { server in
            try await withClient { client in
                for method in ["GET", "GET", "POST"] { _ = try await client.send(HTTPRequest(method, server.url)) }
                _ = try await client.send(HTTPRequest("POST", server.url, repeatable: true))
                let peers = server.requests.map(\.peer)
                #expect(peers[0] == peers[1])
                #expect(peers[1] != peers[2])
                #expect(peers.prefix(3).contains(peers[3]))
            }
        }
    }

    @Test("Many requests run side by side")
    func parallel() async throws {
        try await withLoopbackServer({ Self.echo($0) }) { server in
            try await withClient { client in
                let url = server.url
                let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<100 {
                        group.addTask {
                            let answer = try await client.send(HTTPRequest("PUT", url, body: Array("\(number)".utf8)))
                            return Int(answer.text) ?? -1
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(sum == 4950)
            }
        }
    }

    @Test("A response that is too long is cut off")
    func tooLarge() async throws {
        try await withLoopbackServer({ _ in .text(String(repeating: "x", count: 5000)) }) { server in
            try await withClient { client in
                let failure = await problem(of: client, HTTPRequest("GET", server.url, maxBodyBytes: 4999))
                #expect(failure?.kind == .tooLarge)
                #expect(failure?.mayHaveBeenSent == true)
                let answer = try await client.send(HTTPRequest("GET", server.url, maxBodyBytes: 5000))
                #expect(answer.body.count == 5000)
            }
        }
    }

    @Test("After close every request fails and the thread is gone")
    func closing() async throws {
        let client = CurlClient(userAgent: "woodpecker-saga/test")
        let silent = try SilentPort()
        defer { silent.close() }
        async let pending = problem(of: client, HTTPRequest("GET", silent.url))
        client.close()
        #expect(await pending?.kind == .closed)
        #expect(await eventually { client.isStopped })
        let late = await problem(of: client, HTTPRequest("GET", silent.url))
        #expect(late?.kind == .closed)
        #expect(late?.mayHaveBeenSent == false)
    }
}
