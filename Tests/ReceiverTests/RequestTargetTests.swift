import HTTPTypes
import Hummingbird
import Testing

@testable import saga_receiver

@Suite struct RequestTargetTests {
    @Test func `segments are decoded one by one`() throws {
        let target = try #require(RequestTarget("/projects/o%2Fr/pipelines/7?a=b%20c+d&e&f="))
        #expect(target.segments == ["projects", "o/r", "pipelines", "7"])
        #expect(target.query.map(\.name) == ["a", "e", "f"])
        #expect(target.query.map(\.value) == ["b c d", "", ""])
    }

    @Test func `the root has no segments`() throws {
        #expect(try #require(RequestTarget("/")).segments.isEmpty)
    }

    @Test(arguments: [
        "", "*", "http://host/x", "//x", "/a//b", "/a/", "/a/../b", "/a/%2e%2e/b", "/./a", "/%", "/%4", "/%zz", "/%00",
        "/%ff", "/a?b=%0a", "/a?%",
    ])
    func `what two programs could read differently is refused`(text: String) {
        #expect(RequestTarget(text) == nil)
    }

    private var table: RouteTable {
        let handler: Route.Handler = { _ in Response(status: .ok) }
        return RouteTable(routes: [
            Route(.get, "/a", .open, handler), Route(.post, "/a", .open, handler),
            Route(.get, "/a/{id}/b", .open, handler),
        ])
    }

    @Test(arguments: [HTTPRequest.Method.get, .head])
    func `a route is found with its parameters`(method: HTTPRequest.Method) {
        guard case .found(_, let parameters) = table.match(method, ["a", "x/y", "b"]) else {
            Issue.record("no route")
            return
        }
        #expect(parameters == ["id": "x/y"])
    }

    @Test func `a known path under another method tells what it takes`() {
        guard case .otherMethod(let allowed) = table.match(.delete, ["a"]) else {
            Issue.record("not told")
            return
        }
        #expect(allowed == [.get, .head, .post])
    }

    @Test func `an unknown path is unknown`() {
        guard case .unknown = table.match(.get, ["b"]) else {
            Issue.record("found")
            return
        }
    }
}
