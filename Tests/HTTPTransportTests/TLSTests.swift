import HTTPTransport
import SagaCore
import TestSupport
import Testing

/// Whom the client trusts, asked of a real TLS server.
@Suite(.timeLimit(.minutes(1)), .enabled(if: TLSServer.isInstalled, "openssl is not installed"))
struct TLSTests {
    static let own = "IP:127.0.0.1"

    @Test("A certificate that nobody vouches for is refused, and nothing was sent")
    func unknownAuthority() async throws {
        try await TLSServer.with(certificateFor: Self.own) { server in
            try await withClient { client in
                let failure = try #require(
                    await problem(of: client, HTTPRequest("POST", server.url + "/p?token=geheim")))
                #expect(failure.kind == .tls)
                #expect(!failure.mayHaveBeenSent)
                #expect(!failure.message.contains("geheim"), "\(failure.message)")
            }
        }
    }

    @Test(
        "A file of authorities is trusted, wherever it was named",
        arguments: ["option", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    func ownAuthority(place: String) async throws {
        try await TLSServer.with(certificateFor: Self.own) { server in
            let options = CurlClient.Options(caFile: place == "option" ? server.caFile : nil)
            let client = CurlClient(
                userAgent: "test", options: options, environment: place == "option" ? [:] : [place: server.caFile])
            defer { client.close() }
            let response = try await client.send(HTTPRequest("GET", server.url))
            #expect(response.status == 200)
        }
    }

    @Test("A certificate for somebody else is refused, whoever vouches for it")
    func otherName() async throws {
        try await TLSServer.with(certificateFor: "DNS:other.example") { server in
            try await withClient(.init(caFile: server.caFile)) { client in
                #expect(await problem(of: client, HTTPRequest("GET", server.url))?.kind == .tls)
            }
        }
    }

    @Test("Only who asks for it gets no check at all")
    func noCheck() async throws {
        try await TLSServer.with(certificateFor: "DNS:other.example") { server in
            try await withClient(.init(skipVerify: true)) { client in
                let response = try await client.send(HTTPRequest("GET", server.url))
                #expect(response.status == 200)
            }
        }
    }

    @Test("A file of authorities that is not there is told by its name")
    func missingFile() async throws {
        try await TLSServer.with(certificateFor: Self.own) { server in
            try await withClient(.init(caFile: "/nowhere/ca.pem")) { client in
                let failure = try #require(await problem(of: client, HTTPRequest("GET", server.url)))
                #expect(failure.kind == .tls && failure.message.contains("/nowhere/ca.pem"), "\(failure.message)")
            }
        }
    }
}
