import HTTPTypes
import Hummingbird
import Testing

@testable import saga_receiver

@Suite struct GateTests {
    private static let tokens = [
        APIToken(name: "view", scope: .read, token: "r"), APIToken(name: "ci", scope: .start, token: "s"),
        APIToken(name: "ops", scope: .operate, token: "o"), APIToken(name: "root", scope: .admin, token: "a"),
    ]

    private func admit(
        _ fields: HTTPFields, authority: String? = "127.0.0.1:8080", needs scope: Scope = .start,
        tokens: [APIToken] = tokens
    ) throws -> Caller {
        let head = HTTPRequest(method: .get, scheme: nil, authority: authority, path: "/", headerFields: fields)
        return try Gate(tokens: tokens).admit(
            Request(head: head, body: RequestBody(buffer: ByteBuffer())), needs: scope)
    }

    private func status(_ body: () throws -> Caller) -> HTTPResponse.Status? {
        do {
            _ = try body()
            return nil
        } catch let problem as ProblemDetails {
            return problem.status
        } catch {
            return .internalServerError
        }
    }

    @Test(arguments: [("s", "ci"), ("o", "ops"), ("a", "root")])
    func `a scope includes those before it`(token: String, name: String) throws {
        #expect(try admit([.authorization: "Bearer \(token)"]).name == name)
    }

    @Test func `the scheme may be written in any case`() throws {
        #expect(try admit([.authorization: "bearer  s"]).name == "ci")
    }

    @Test func `too small a scope is forbidden`() {
        #expect(status { try admit([.authorization: "Bearer r"]) } == .forbidden)
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Bearer x", "Bearer ss", "Basic s", "s"])
    func `anything but a known bearer token is unauthorized`(value: String) throws {
        #expect(status { try admit([.authorization: value]) } == .unauthorized)
        let problem = try #require(throws: ProblemDetails.self) { try admit([.authorization: value]) }
        #expect(problem.headers[.wwwAuthenticate]?.hasPrefix("Bearer ") == true)
    }

    @Test func `without tokens a local caller is anonymous and may do everything`() throws {
        #expect(try admit([:], needs: .admin, tokens: []) == .anonymous)
        #expect(try admit([:], authority: "[::1]:8080", tokens: []) == .anonymous)
        #expect(try admit([.origin: "http://localhost:8080"], authority: "localhost:8080", tokens: []) == .anonymous)
    }

    @Test func `without tokens a page of another site may do nothing`() {
        #expect(status { try admit([.origin: "https://evil.example"], tokens: []) } == .forbidden)
        #expect(status { try admit([.origin: "null"], tokens: []) } == .forbidden)
        #expect(status { try admit([:], authority: "evil.example:8080", tokens: []) } == .forbidden)
    }
}
