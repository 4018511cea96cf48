import HTTPTransport
import SagaCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryClient

/// What registries and the servers of their tokens answer, as their documentation and Debian's registry have it.
@Suite("Checking a registry before a build")
struct RegistryCheckTests {
    private let login = RegistryLogin(username: "ada", password: "hunter22")
    private let basic = "Basic YWRhOmh1bnRlcjIy"

    /// Answers a request to the server at `url`.
    private typealias Handler = @Sendable (_ request: LoopbackServer.Request, _ url: String) -> LoopbackServer.Response

    private func check(
        _ repository: String? = nil, login: RegistryLogin?,
        _ handler: @escaping Handler
    ) async throws -> (result: Result<RegistryStanding, RegistryRefusal>, requests: [LoopbackServer.Request]) {
        let http = CurlClient(userAgent: "woodpecker-saga/test")
        defer { http.close() }
        let port = Mutex(0)
        return try await withLoopbackServer({ handler($0, "http://127.0.0.1:\(port.withLock { $0 })") }) { server in
            port.withLock { $0 = server.port }
            let address = RegistryAddress("127.0.0.1:\(server.port)")
            let client = RegistryClient(address, http: http, login: login)
            do throws(RegistryRefusal) {
                let standing = try await client.check(repository: repository, now: Moment(milliseconds: 0))
                return (.success(standing), server.requests)
            } catch {
                return (.failure(error), server.requests)
            }
        }
    }

    private static func refused(_ challenge: String) -> LoopbackServer.Response {
        LoopbackServer.Response(
            401, headers: [("WWW-Authenticate", challenge), ("Content-Type", "application/json")],
            body: .bytes(Array(#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#.utf8)))
    }

    /// A registry with a user, in the way of htpasswd.
    private static func basicRegistry(_ basic: String, upload: LoopbackServer.Response) -> Handler {
        { request, _ in
            guard request.headers["authorization"] == basic else { return refused(#"Basic realm="r""#) }
            return request.method == "GET" ? .json("{}") : request.method == "DELETE" ? .init(204) : upload
        }
    }

    @Test func `a login that is accepted and may push leaves no upload behind`() async throws {
        let upload = LoopbackServer.Response(202, headers: [("Location", "/v2/team/app/blobs/uploads/u1?_state=x")])
        let (result, requests) = try await check("team/app", login: login, Self.basicRegistry(basic, upload: upload))
        #expect(result == .success(.loggedIn))
        let told = requests.filter { $0.headers["authorization"] != nil }.map { "\($0.method) \($0.path)" }
        #expect(
            told == [
                "GET /v2/", "POST /v2/team/app/blobs/uploads/", "DELETE /v2/team/app/blobs/uploads/u1",
            ])
        #expect(requests.last?.query == "_state=x")
    }

    @Test func `an upload that is to go on elsewhere is not cancelled there with our credentials`() async throws {
        let upload = LoopbackServer.Response(202, headers: [("Location", "https://evil.invalid/v2/uploads/u1")])
        let (result, requests) = try await check("team/app", login: login, Self.basicRegistry(basic, upload: upload))
        #expect(result == .success(.loggedIn))
        #expect(!requests.contains { $0.method == "DELETE" })
    }

    @Test func `a wrong password is told as that, and not shown`() async throws {
        let wrong = RegistryLogin(username: "ada", password: "wrong-one")
        let (result, _) = try await check(login: wrong, Self.basicRegistry(basic, upload: .init(202)))
        let refusal = try #require(result.refusal)
        #expect(refusal.message.hasPrefix("bad credentials"))
        #expect(!refusal.isPassing)
        #expect(!refusal.message.contains("wrong-one") && !refusal.message.contains("ada"))
    }

    @Test func `without a login only the answer counts, unless it is to be pushed to`() async throws {
        let registry = Self.basicRegistry(basic, upload: .init(202))
        #expect(try await check(login: nil, registry).result == .success(.wantsLogin))
        let push = try await check("team/app", login: nil, registry).result.refusal
        #expect(push?.message == "push to team/app needs a login, and none was given (401)")
        #expect(
            try await check("a", login: nil, { request, _ in request.method == "GET" ? .json("{}") : .init(202) })
                .result
                == .success(.open))
    }

    @Test(arguments: [
        (401, "push to team/app denied (401 DENIED: not yours)"),
        (403, "push to team/app denied (403 DENIED: not yours)"),
        (404, "push to team/app is not possible (404 DENIED: not yours)"),
        (405, "push to team/app is not possible (405 DENIED: not yours)"),
        (503, "answered 503 DENIED: not yours"),
    ])
    func `a push that is refused says why`(status: Int, message: String) async throws {
        let body = #"{"errors":[{"code":"DENIED","message":"not yours"}]}"#
        let denied = LoopbackServer.Response.json(body, status: status)
        // A registry that hands out tokens, so that its 401 is about the push.
        let (result, _) = try await check("team/app", login: login) { request, _ in
            request.method == "GET" ? .json("{}") : denied
        }
        let refusal = try #require(result.refusal)
        #expect(refusal.message == message)
        #expect(refusal.isPassing == (status == 503))
    }

    @Test(arguments: [
        (404, "answered 404 to GET /v2/: it is no registry, or does not let this address in", false),
        (301, "answered 301 to GET /v2/: it is no registry, or does not let this address in", false),
        (429, "answered 429", true), (502, "answered 502", true),
    ])
    func `what answers and is no registry is told from one in trouble`(
        status: Int, message: String, isPassing: Bool
    ) async throws {
        let (result, _) = try await check(login: nil) { _, _ in .init(status, headers: [("Retry-After", "7")]) }
        let refusal = try #require(result.refusal)
        #expect(refusal.message == message)
        #expect(refusal.isPassing == isPassing)
        #expect(refusal.retryAfter == (isPassing ? .seconds(7) : nil))
    }

    @Test func `the words of a registry are cut to a line without the password`() async throws {
        let message = "no\\nhunter22 " + String(repeating: "x", count: 400)
        let (result, _) = try await check(login: login) { _, _ in
            .json(#"{"errors":[{"code":"E","message":"\#(message)"}]}"#, status: 500)
        }
        let refusal = try #require(result.refusal)
        #expect(refusal.message.hasPrefix("answered 500 E: no *** xxx"))
        #expect(refusal.message.count < 230)
    }

    /// Where the tokens come from, and what for.
    private static func tokenRegistry(
        _ tokens: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Response
    ) -> Handler {
        { request, url in
            if request.path == "/token" { return tokens(request) }
            if request.headers["authorization"] == "Bearer pass" {
                return request.method == "GET"
                    ? .json("{}") : .init(202, headers: [("Location", "\(url)/u/1")])
            }
            let realm = "\(url)/token?account=x"
            return refused(#"Bearer realm="\#(realm)",service="reg""#)
        }
    }

    @Test func `the token flow asks for what the push needs, with the login`() async throws {
        let basic = basic
        let (result, requests) = try await check(
            "team/app", login: login,
            Self.tokenRegistry {
                $0.headers["authorization"] == basic ? .json(#"{"access_token":"pass"}"#) : .init(401)
            })
        #expect(result == .success(.loggedIn))
        #expect(
            requests.filter { $0.path == "/token" }.map(\.query) == [
                "account=x&service=reg", "account=x&service=reg&scope=repository%3Ateam%2Fapp%3Apull%2Cpush",
            ])
        #expect(requests.filter { $0.path != "/token" }.allSatisfy { $0.headers["authorization"] != basic })
        #expect(requests.last.map { "\($0.method) \($0.path)" } == "DELETE /u/1")
    }

    @Test(arguments: [(401, false), (403, false), (503, true)])
    func `a server of tokens refuses the login or is in trouble`(status: Int, isPassing: Bool) async throws {
        let (result, _) = try await check(login: login, Self.tokenRegistry { _ in .init(status) })
        let refusal = try #require(result.refusal)
        #expect(refusal.isPassing == isPassing)
        #expect(refusal.message.hasPrefix(isPassing ? "answered 503" : "bad credentials"))
    }

    @Test func `nobody listening, and TLS that is none, are told apart`() async throws {
        let http = CurlClient(userAgent: "woodpecker-saga/test")
        defer { http.close() }
        let port = try await withLoopbackServer({ _ in .json("{}") }) { server in
            let secure = RegistryClient(
                RegistryAddress("127.0.0.1:\(server.port)", usesTLS: true), http: http, login: nil)
            let refusal = await Self.refusal(of: secure)
            #expect(refusal?.message.hasPrefix("TLS problem: ") == true)
            #expect(refusal?.isPassing == false)
            return server.port
        }
        let gone = await Self.refusal(
            of: RegistryClient(RegistryAddress("127.0.0.1:\(port)"), http: http, login: nil))
        #expect(gone?.message.hasPrefix("unreachable: ") == true)
        #expect(gone?.isPassing == true)
    }

    private static func refusal(of client: RegistryClient) async -> RegistryRefusal? {
        do throws(RegistryRefusal) {
            _ = try await client.check(repository: nil, now: Moment(milliseconds: 0))
            return nil
        } catch {
            return error
        }
    }
}

extension Result<RegistryStanding, RegistryRefusal> {
    fileprivate var refusal: RegistryRefusal? {
        guard case .failure(let refusal) = self else { return nil }
        return refusal
    }
}
