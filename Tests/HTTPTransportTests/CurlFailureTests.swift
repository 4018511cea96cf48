import HTTPTransport
import SagaCore
import TestSupport
import Testing

struct CurlFailureTests {
    @Test("A refused connection was surely not sent")
    func refused() async throws {
        let silent = try SilentPort()
        silent.close()
        try await withClient { client in
            let failure = try #require(
                await problem(of: client, HTTPRequest("POST", "http://u:geheim@127.0.0.1:\(silent.port)/p?token=t1")))
            #expect(failure.kind == .refused)
            #expect(!failure.mayHaveBeenSent)
            #expect(failure.class == .retryable)
            #expect(failure.message == "Could not connect to 127.0.0.1:\(silent.port): connection refused.")
        }
    }

    @Test("A name without an address was surely not sent")
    func unresolved() async throws {
        try await withClient { client in
            let failure = try #require(await problem(of: client, HTTPRequest("GET", "http://no-such-name.invalid/")))
            #expect(failure.kind == .unresolved)
            #expect(!failure.mayHaveBeenSent)
        }
    }

    @Test("No answer in time leaves open what happened")
    func timeout() async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            let start = ContinuousClock.now
            let failure = try #require(
                await problem(of: client, HTTPRequest("POST", silent.url, timeout: .milliseconds(300))))
            #expect(ContinuousClock.now - start >= .milliseconds(290))
            #expect(failure.kind == .timeout)
            #expect(failure.mayHaveBeenSent)
            #expect(failure.class == .unknown)
            #expect(failure.message == "127.0.0.1:\(silent.port) did not answer in time.")
        }
    }

    @Test("A server that hangs up leaves open what happened, and is not asked twice", arguments: ["POST", "GET"])
    func hangUp(method: String) async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            async let failed = problem(of: client, HTTPRequest(method, silent.url + "/x"))
            #expect(try await silent.takeOne().hasPrefix("\(method) /x HTTP/1.1"))
            let failure = try #require(await failed)
            #expect(failure.kind == .connectionLost)
            #expect(failure.mayHaveBeenSent)
        }
    }

    @Test("An answer that breaks off in the middle is no answer")
    func cutOff() async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            async let failed = problem(of: client, HTTPRequest("GET", silent.url))
            _ = try await silent.takeOne(answering: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            #expect(await failed?.kind == .connectionLost)
        }
    }

    @Test("A server without TLS fails the handshake before anything was sent")
    func tls() async throws {
        try await withLoopbackServer({ _ in .text("plain") }) { server in
            try await withClient { client in
                let failure = try #require(
                    await problem(of: client, HTTPRequest("POST", "https://127.0.0.1:\(server.port)/")))
                #expect(failure.kind == .tls)
                #expect(!failure.mayHaveBeenSent)
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test("A CA file that is not there is a TLS failure that names it")
    func caFile() async throws {
        try await withLoopbackServer({ _ in .text("plain") }) { server in
            try await withClient(CurlClient.Options(caFile: "/nonexistent/own-ca.pem")) { client in
                let failure = try #require(
                    await problem(of: client, HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")))
                #expect(failure.kind == .tls)
                #expect(failure.message.contains("own-ca.pem"))
            }
        }
    }

    @Test("The environment names the CA file where no option does", arguments: ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
    func caFromEnvironment(name: String) async throws {
        try await withLoopbackServer({ _ in .text("plain") }) { server in
            let client = CurlClient(userAgent: "t", environment: [name: "/nonexistent/env-ca.pem"])
            defer { client.close() }
            let failure = try #require(
                await problem(of: client, HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")))
            #expect(failure.message.contains("env-ca.pem"))
        }
    }

    @Test(
        "What cannot be sent is refused before it is tried",
        arguments: [
            HTTPRequest("GET", "ftp://127.0.0.1/"), HTTPRequest("GET", "not a url"), HTTPRequest("GET", ""),
            HTTPRequest("GET", "file:///etc/hosts"),
            HTTPRequest("G T", "http://127.0.0.1/"),
            HTTPRequest("GET", "http://127.0.0.1/", headers: ["X": "a\r\nY: b"]),
            HTTPRequest("GET", "http://127.0.0.1/", headers: ["X\r\n": "a"]),
            HTTPRequest("GET", "http://127.0.0.1/", headers: ["X Y": "a"]),
        ])
    func unsendable(request: HTTPRequest) async throws {
        try await withClient { client in
            let failure = try #require(await problem(of: client, request))
            #expect(failure.kind == .badRequest)
            #expect(failure.class == .permanent)
            #expect(!failure.mayHaveBeenSent)
        }
    }

    @Test(
        "Link-local and metadata addresses are turned down where the request says so",
        arguments: ["http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/"])
    func linkLocal(url: String) async throws {
        try await withClient { client in
            let failure = try #require(await problem(of: client, HTTPRequest("GET", url, allowsLinkLocal: false)))
            #expect(failure.kind == .forbiddenAddress)
            #expect(!failure.mayHaveBeenSent)
        }
    }

    @Test("Cancelling the task ends the request at once")
    func cancellation() async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            let url = silent.url
            let task = Task { await problem(of: client, HTTPRequest("GET", url)) }
            #expect(try await silent.takeOneRequestLine() == "GET / HTTP/1.1")
            let start = ContinuousClock.now
            task.cancel()
            let failure = try #require(await task.value)
            #expect(failure.kind == .cancelled)
            #expect(failure.mayHaveBeenSent)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test("A task that is cancelled already sends nothing for long")
    func cancelledBefore() async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            let url = silent.url
            let (gate, open) = AsyncStream<Void>.makeStream()
            let task = Task {
                for await _ in gate {}
                return await problem(of: client, HTTPRequest("GET", url))
            }
            task.cancel()
            open.finish()
            #expect(await task.value?.kind == .cancelled)
        }
    }
}
