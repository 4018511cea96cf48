import SagaCore
import SagaDefinitions
import Testing

@testable import saga_receiver

@Suite struct DashboardHTMLTests {
    @Test func `interpolated text is escaped, markup is not`() {
        let evil = "<script>alert(\"1\")</script> & 'x'"
        let part: HTML = "<b>\(evil)</b>"
        #expect(part.text == "<b>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</b>")
        let whole: HTML = "<p title=\"\(evil.prefix(4))\">\(part)\(3)\([part])\(nil as HTML?)</p>"
        #expect(whole.text == "<p title=\"&lt;scr\">\(part.text)3\(part.text)</p>")
    }

    @Test(arguments: ["\u{0}", "\u{1B}", "\u{202E}", "\u{2066}", "\u{9F}"])
    func `characters that disguise text are replaced`(character: String) {
        #expect(HTML(escaping: "a\(character)b").text == "a\u{FFFD}b")
    }

    @Test func `lines stay`() {
        #expect(HTML(escaping: "a\r\nb\tc").text == "a\nb\tc")
    }

    @Test(arguments: ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", "JaVaScript:alert(1)"])
    func `an address that is no web page is no link`(address: String) {
        #expect(HTML.link(to: address, "<t>").text == "&lt;t&gt;")
    }

    @Test func `a link's address is escaped`() {
        let link = HTML.link(to: "https://ci.example.com/\"onclick=\"x", "t").text
        #expect(link == "<a href=\"https://ci.example.com/&quot;onclick=&quot;x\" rel=\"noopener noreferrer\">t</a>")
    }

    @Test func `addresses in JSON are links where they are whole values`() {
        let page = "https://ci.example.com/1"
        let json: JSONValue = [
            "a": .string(page), "b": [.string(page), .string("see \(page)")], "c": "javascript:x",
            "d": .string(page + "\" x"),
            "e<": .string("https://x/<b>"), "\": \"http://y": 1,
        ]
        let text = HTML.json(json).text
        let link = "<a href=\"\(page)\" rel=\"noopener noreferrer\">\(page)</a>"
        #expect(text.contains("  &quot;a&quot;: \"\(link)\",\n"))
        #expect(text.contains("    \"\(link)\",\n    &quot;see https"))
        #expect(text.contains(">https://x/&lt;b&gt;</a>\""))
        #expect(text.ranges(of: "<a ").count == 3)
    }

    @Test(arguments: [
        (nil, "/x"), ("https://saga.example.com", "/x"), ("https://example.com/saga/", "/saga/x"),
        ("https://example.com:8443/a/b", "/a/b/x"),
    ])
    func `links are below the path of the public address`(url: String?, link: String) {
        #expect(Links(publicURL: url)("/x") == link)
    }

    @Test func `a cell says what it is, an empty one nothing`() {
        let table = Table(caption: "c", columns: [.plain("A"), .wide("B<")], rows: [["", "<b>1</b>"]]).html.text
        #expect(table.contains("<td class=\"none\"></td><td data-label=\"B&lt;\" class=\"wide\"><b>1</b></td>"))
    }

    @Test func `values in addresses are encoded`() {
        #expect(percentEncoded("a b&c/ü") == "a%20b%26c%2F%C3%BC")
    }

    @Test(arguments: [
        ("/sagas/x?a=b", "/sagas/x?a=b"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil", "/"),
        ("/a b", "/"), ("/../x", "/"), ("", "/"),
    ])
    func `the sign-in leads to our own pages alone`(given: String, to path: String) {
        #expect(Dashboard.ownPath(given) == path)
    }

    @Test func `a form is read with its lines`() {
        let read = FormBody.read(Array("reason=two%0D%0Alines+%26+more&x=".utf8))
        #expect(read == ["reason": "two\nlines & more", "x": ""])
    }

    @Test(arguments: ["a=%zz", "a=%0", "a=1&a=2", "a=%00", "a=%ff"])
    func `a form that can be read in two ways is not read`(body: String) {
        #expect(FormBody.read(Array(body.utf8)) == nil)
    }
}

@Suite struct GraphLayoutTests {
    private func layout(_ steps: String) throws -> GraphLayout {
        GraphLayout(try DefinitionReader.read("name: g\nsteps:\n" + steps).definition)
    }

    private static let diamond = """
          - {name: d, action: approval, depends_on: [b, c, a]}
          - {name: a, action: approval, compensate: u}
          - {name: b, action: approval, depends_on: [a]}
          - {name: c, action: approval, depends_on: [a]}
          - {name: u, action: approval}

        """

    @Test func `each step stands right of all it depends on`() throws {
        let layout = try layout(Self.diamond)
        let x = Dictionary(uniqueKeysWithValues: layout.steps.map { ($0.name, $0.x) })
        let (a, b, c, d) = (try #require(x["a"]), try #require(x["b"]), try #require(x["c"]), try #require(x["d"]))
        #expect(a + GraphLayout.boxWidth < b)
        #expect(b == c)
        #expect(b + GraphLayout.boxWidth < d)
    }

    @Test func `an undo stands below its step`() throws {
        let layout = try layout(Self.diamond)
        let step = try #require(layout.steps.first { $0.name == "a" })
        let undo = try #require(layout.undos.first)
        #expect(undo.name == "u" && undo.x == step.x && undo.y >= step.y + GraphLayout.boxHeight)
    }

    @Test func `no box lies upon another, and none outside`() throws {
        let layout = try layout(Self.diamond)
        let boxes =
            layout.steps.map { ($0, GraphLayout.boxHeight) } + layout.undos.map { ($0, GraphLayout.undoHeight) }
        for (index, (one, height)) in boxes.enumerated() {
            #expect(one.x + GraphLayout.boxWidth <= layout.width && one.y + height <= layout.height)
            for (other, otherHeight) in boxes.dropFirst(index + 1) where other.x == one.x {
                #expect(one.y + height <= other.y || other.y + otherHeight <= one.y)
            }
        }
    }

    @Test func `a line over a column passes between its boxes`() throws {
        let layout = try layout(Self.diamond)
        #expect(layout.edges.count == 5)
        let long = try #require(layout.edges.first { $0.from == "a" && $0.to == "d" })
        #expect(long.points.count == 4)
        for box in layout.steps where box.x == long.points[1].x {
            #expect(long.points[1].y < box.y || long.points[1].y > box.y + GraphLayout.boxHeight)
        }
    }

    @Test func `the largest definition with all its dependencies is drawn in part`() throws {
        let steps = (0..<120).map { step in
            "  - {name: s\(step), action: approval, depends_on: [\((0..<step).map { "s\($0)" }.joined(separator: ", "))]}\n"
        }
        let layout = try layout(steps.joined())
        #expect(!layout.isComplete)
        #expect(layout.steps.count == 120)
        #expect(layout.edges.count == 119)
    }
}

@Suite struct SessionsTests {
    private let caller = Caller(name: "ops", scope: .operate)

    @Test func `a session ends by itself and by closing`() {
        let clock = Clock()
        let sessions = Sessions(isSecure: false) { clock.now }
        let (one, two) = (sessions.open(caller), sessions.open(caller))
        #expect(one != two && one.count == 64)
        #expect(sessions.caller(one) == caller)
        sessions.close(one)
        #expect(sessions.caller(one) == nil && sessions.caller(two) == caller)
        clock.pass(.seconds(12 * 3600))
        #expect(sessions.caller(two) == nil)
    }

    @Test func `sessions do not grow without end`() {
        let clock = Clock()
        let sessions = Sessions(isSecure: false) { clock.now }
        let first = sessions.open(caller)
        clock.pass(.seconds(1))
        for _ in 0..<Sessions.capacity { _ = sessions.open(caller) }
        #expect(sessions.caller(first) == nil)
    }

    @Test func `a form's code is good for one session`() {
        let sessions = Sessions(isSecure: true) { House.now }
        let code = sessions.formCode(for: "a")
        #expect(sessions.isFormCode(code, for: "a"))
        #expect(!sessions.isFormCode(code, for: "b") && !sessions.isFormCode("", for: "a"))
        #expect(!Sessions(isSecure: true) { House.now }.isFormCode(code, for: "a"))
    }

    @Test func `over TLS the cookie never leaves it`() {
        #expect(
            Sessions(isSecure: true) { House.now }.cookie(for: "x")
                == "__Host-saga=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure")
        #expect(!Sessions(isSecure: false) { House.now }.cookie(for: "x").contains("Secure"))
    }

    /// Browsers refuse a cookie whose name begins with `__Host-` and whose path is not the whole host.
    @Test func `below a path the cookie is for the path alone`() {
        #expect(
            Sessions(isSecure: true, path: "/saga/") { House.now }.cookie(for: "x")
                == "__Secure-saga=x; Path=/saga/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure")
    }
}
