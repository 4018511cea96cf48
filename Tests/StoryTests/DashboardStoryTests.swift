import HTTPTransport
import SagaCore
import TestSupport
import Testing

/// The pages, as a browser without scripts gets them from a real receiver.
@Suite(.timeLimit(.minutes(3))) struct DashboardStoryTests {
    private static func with(
        _ more: [String: String] = [:], _ body: @Sendable (Receiver, Browser) async throws -> Void
    ) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder, more) { try await body($0, Browser($0)) }
        }
    }

    private static func atGate(_ receiver: Receiver) async throws -> String {
        let id = try await receiver.start(Definitions.gate)
        try await receiver.wait(for: id, step: "gate", toSay: "approval")
        return id
    }

    @Test func pagesNeedASignIn() async throws {
        try await Self.with { receiver, browser in
            let id = try await Self.atGate(receiver)
            for path in ["/", "/sagas/\(id)", "/sources", "/sagas/\(id)/cancel"] {
                let page = try await browser.get(path)
                #expect(page.text.contains("<h1>Sign in</h1>") && !page.text.contains("gate"), "\(path)")
            }
            #expect(try await receiver.send("GET", "/live", token: nil).status == 401)
            let wrong = try await browser.signIn("wrong")
            #expect(wrong.status == 401 && wrong.text.contains("not known"))
            let list = try await browser.signIn(Receiver.token)
            #expect(list.status == 200 && list.path == "/" && list.text.contains("/sagas/\(id)"))
            #expect(list.text.contains("Step &#39;gate&#39; waits for an approval"))
            #expect(!browser.cookieHeader.contains(Receiver.token))
            let cookie = try #require(browser.cookieHeader.split(separator: "; ").first { $0.hasPrefix("saga=") })
            _ = try await browser.post("/sign-out", code: list.field("form_code"))
            #expect(try await browser.get("/").text.contains("<h1>Sign in</h1>"))
            let kept = HTTPRequest("GET", receiver.url + "/api/v1/sagas", headers: ["Cookie": String(cookie)])
            #expect(try await receiver.http.send(kept).status == 401, "the session is over, not only its cookie")
        }
    }

    @Test func theSessionReadsTheAPIAndDoesNotWriteIt() async throws {
        try await Self.with { receiver, browser in
            let id = try await Self.atGate(receiver)
            try await browser.signIn(Receiver.token)
            let cookie: HTTPHeaders = ["Cookie": browser.cookieHeader]
            let read = try await receiver.http.send(
                HTTPRequest("GET", receiver.url + "/api/v1/sagas/\(id)", headers: cookie))
            #expect(read.status == 200)
            let stream = try await receiver.http.stream(
                HTTPRequest("GET", receiver.url + "/api/v1/sagas/\(id)/events", headers: cookie))
            #expect(stream.status == 200)
            let write = try await receiver.http.send(
                HTTPRequest("POST", receiver.url + "/api/v1/sagas/\(id)/cancel", headers: cookie, body: []))
            #expect(write.status == 401)
        }
    }

    @Test func anApprovalIsGivenThroughThePage() async throws {
        try await Self.with { receiver, browser in
            let id = try await Self.atGate(receiver)
            try await browser.signIn(Receiver.token)
            let page = try await browser.get("/sagas/\(id)")
            let path = "/sagas/\(id)/steps/gate/approve"
            #expect(page.text.contains("action=\"\(path)\""))
            let question = try await browser.get(path)
            #expect(question.status == 200 && question.text.contains("what depends on it starts"))
            let code = try #require(question.field("form_code"))
            let strange = try await browser.post(path, code: code, origin: "https://evil.example")
            #expect(strange.status == 403)
            #expect(try await browser.post(path, code: nil).status == 403)
            #expect(try await browser.post(path, code: String(code.reversed())).status == 403)
            let still = try await receiver.saga(id)
            #expect(still["status"] == "running")
            let after = try await browser.post(path, [("reason", "looks <b>good</b>")], code: code)
            #expect(after.status == 200 && after.path == "/sagas/\(id)")
            let ended = try await receiver.waitForEnd(of: id)
            #expect(ended["status"] == "completed")
            #expect(ended.step("gate")?["output"]?["approved_by"] == "ops")
            #expect(ended.step("gate")?["output"]?["comment"] == "looks <b>good</b>")
            let last = try await browser.get("/sagas/\(id)")
            #expect(last.text.contains("looks &lt;b&gt;good&lt;/b&gt;") && !last.text.contains("<b>good"))
            let late = try await browser.post(path, code: code)
            #expect(late.status == 409 && late.text.contains("role=\"alert\""))
            let gone = try await browser.post("/sagas/\(id)/delete", code: code)
            #expect(gone.path == "/")
            let nothing = try await browser.get("/sagas/\(id)")
            #expect(nothing.status == 404 && nothing.text.contains("<h1>"))
        }
    }

    @Test func aReadingTokenSeesNoFormsAndMayDoNothing() async throws {
        try await Self.with { receiver, browser in
            let id = try await Self.atGate(receiver)
            let list = try await browser.signIn(Receiver.reader)
            let code = try #require(list.field("form_code"))
            let page = try await browser.get("/sagas/\(id)")
            #expect(page.text.contains("gate"))
            #expect(page.sources.filter { $0.hasPrefix("/sagas") } == [])
            #expect(page.text.ranges(of: "<button").count == 1, "that of the sign-out")
            for path in ["/sagas/\(id)/cancel", "/sagas/\(id)/steps/gate/approve", "/sagas/\(id)/delete"] {
                #expect(try await browser.get(path).status == 403)
                #expect(try await browser.post(path, [("reason", "x")], code: code).status == 403)
            }
            let saga = try await receiver.saga(id)
            #expect(saga["status"] == "running")
        }
    }

    @Test func nothingInAPageIsTakenForMarkup() async throws {
        let evil = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", ["description": .string(evil), "vars": ["v": .string(evil)]],
                    Definitions.approval("gate", ["message": .string(evil)]),
                    Definitions.shell("out", "cat <<'X'\n\(evil)\nX"),
                    Definitions.shell(
                        "bad", "cat >&2 <<'X'\n\(evil)\nX\nexit 1",
                        ["retry_policy": ["max_attempts": 1], "continue_on_failure": true])),
                origin: [
                    "repo": .string(evil), "number": 1, "url": .string("javascript:alert(1)//" + evil),
                    "commit": .string(evil),
                ])
            try await receiver.wait(for: id, "all but the gate") { saga in
                saga.step("out")?["status"] == "completed" && saga.step("bad")?["status"] == "failed"
                    && saga.step("gate")?["waiting_for"]?.stringValue?.contains("approval") == true
            }
            try await browser.signIn(Receiver.token)
            _ = try await receiver.operate("pause", id, ["reason": .string(evil)])
            _ = try await receiver.operate("resume", id)
            for path in [
                "/", "/sagas/\(id)", "/sagas/\(id)/cancel", "/sources", "/?name=%3Cscript%3Ealert(1)",
                "/?status=%3Cscript%3Ealert(1)", "/sagas/%3Cscript%3Ealert(1)", "/?%3Cscript%3E=1",
                "/sagas/\(id)/steps/%3Cscript%3Ealert(1)/approve",
            ] {
                let page = try await browser.get(path)
                #expect(!page.text.contains("<script>") && !page.text.contains("<img src=x"), "\(path)")
                #expect(!page.text.contains("href=\"javascript"), "\(path)")
                #expect(page.text.contains("&lt;script&gt;") || path == "/sources" || path.hasSuffix("/cancel"))
                #expect(page.sources.allSatisfy { $0.hasPrefix("/") && !$0.hasPrefix("//") }, "\(page.sources)")
                #expect(page.text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
                #expect(!page.text.contains(" style=") && !page.text.contains(" onclick="))
                let policy = page.headers["Content-Security-Policy"] ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe") && !policy.contains("http"))
                #expect(page.headers["Cache-Control"] == "no-store")
            }
        }
    }

    @Test func theListIsFilteredCountedAndPaged() async throws {
        try await Self.with { receiver, browser in
            var ids: [String] = []
            for _ in 0..<52 { ids.append(try await receiver.start(Definitions.gate)) }
            let other = try await receiver.start(
                Definitions.saga("other", [:], Definitions.step("s", "sleep", ["duration": "1ms"], [:])))
            _ = try await receiver.waitForEnd(of: other)
            let first = try await browser.signIn(Receiver.reader)
            let all = try await browser.get("/?status=completed")
            #expect(all.text.contains(other) && !all.text.contains(ids[0]))
            #expect(all.text.contains("all</span> <b>53</b>"))
            let named = try await browser.get("/?name=gate&status=running")
            #expect(named.text.contains("<b>52</b>") && !named.text.contains(other))
            let link = try #require(first.text.firstRange(of: "rel=\"next\" href=\"")?.upperBound)
            let next = try await browser.get(String(first.text[link...].prefix { $0 != "\"" }))
            let shown = (ids + [other]).map { id in
                [first, next].filter { $0.text.contains("href=\"/sagas/\(id)\"") }.count
            }
            #expect(shown.allSatisfy { $0 == 1 }, "each on one page")
            #expect(!next.text.contains("rel=\"next\""))
            #expect(try await browser.get("/?status=odd").status == 400)
        }
    }

    @Test func signalsAreShownWithWhetherAnybodyWaited() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.step("pipe", "wait_pipeline", ["repo": "octo/app", "number": 9], [:])))
            try await receiver.wait(for: id, step: "pipe", toSay: "octo/app#9")
            for (repo, status) in [("octo/app", "success"), ("octo/<b>other", "failure")] {
                let sent = try await receiver.send(
                    "POST", "/api/v1/signals",
                    [
                        "kind": "pipeline", "server": "https://ci.example.com", "repo": .string(repo), "number": 9,
                        "status": .string(status), "url": "javascript:alert(1)",
                    ])
                #expect(sent.status == 202)
            }
            try await browser.signIn(Receiver.reader)
            let page = try await browser.get("/sources")
            let rows = page.text.split(separator: "<tr>")
            let own = try #require(rows.first { $0.contains("octo/app #9") })
            #expect(own.contains("by a saga") && own.contains("success") && !own.contains("javascript"))
            let other = try #require(rows.first { $0.contains("octo/&lt;b&gt;other #9") })
            #expect(other.contains("by none") && other.contains("failure"))
        }
    }

    @Test func withoutTokensThisMachineNeedsNoSignIn() async throws {
        try await Programs.withFolder { folder in
            var settings = Receiver.settings
            settings["SAGA_TOKENS"] = nil
            try await Receiver.with(store: folder, settings: settings) { receiver in
                let browser = Browser(receiver)
                let started = try await receiver.send(
                    "POST", "/api/v1/sagas", token: nil, ["definition": Definitions.gate])
                let id = try #require(started.json["id"]?.stringValue)
                let question = try await browser.get("/sagas/\(id)/cancel")
                let code = try #require(question.field("form_code"))
                let strange = try await browser.post("/sagas/\(id)/cancel", code: code, origin: "http://evil.example")
                #expect(strange.status == 403)
                #expect(try await browser.post("/sagas/\(id)/cancel", code: nil).status == 403)
                let after = try await browser.post("/sagas/\(id)/cancel", [("reason", "enough")], code: code)
                #expect(after.status == 200 && after.path == "/sagas/\(id)")
                let host: HTTPHeaders = ["Host": "evil.example"]
                let rebound = try await receiver.http.send(HTTPRequest("GET", receiver.url + "/", headers: host))
                #expect(rebound.status == 403 && !rebound.text.contains(id))
            }
        }
    }

    @Test func assetsAreSentOnce() async throws {
        try await Self.with { receiver, _ in
            for name in ["app.css", "app.js", "icon.svg"] {
                let first = try await receiver.http.send(HTTPRequest("GET", receiver.url + "/assets/\(name)"))
                let tag = try #require(first.headers["ETag"])
                #expect(first.status == 200 && !first.text.contains("url(") && !first.text.contains("https://"))
                let again = try await receiver.http.send(
                    HTTPRequest("GET", receiver.url + "/assets/\(name)", headers: ["If-None-Match": tag]))
                #expect(again.status == 304 && again.text.isEmpty)
            }
        }
    }

    @Test func aPageHearsThatTheListHasChanged() async throws {
        try await Self.with { receiver, browser in
            try await browser.signIn(Receiver.reader)
            let stream = try await receiver.http.stream(
                HTTPRequest("GET", receiver.url + "/live", headers: ["Cookie": browser.cookieHeader]))
            #expect(stream.status == 200)
            var heard = ""
            var hasStarted = false
            for try await chunk in stream.body {
                heard += String(decoding: chunk, as: UTF8.self)
                let events = heard.ranges(of: "data: changed\n\n").count
                if events > 1 { break }
                guard events == 1, !hasStarted else { continue }
                hasStarted = true
                _ = try await receiver.start(Definitions.gate)
            }
            #expect(hasStarted)
        }
    }
}
