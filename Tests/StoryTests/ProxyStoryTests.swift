import HTTPTransport
import SagaCore
import TestSupport
import Testing

/// The dashboard behind a proxy that serves it below a path and takes the path away again.
@Suite(.timeLimit(.minutes(3))) struct ProxyStoryTests {
    private static let prefix = "/tools/saga"

    /// - Parameter body: gets the address of the proxy, without the path.
    private static func with(_ body: @Sendable (Receiver, _ proxy: String) async throws -> Void) async throws {
        let upstream = Box()
        let http = CurlClient(userAgent: "proxy")
        defer { http.close() }
        try await withLoopbackServer({ try await forward($0, to: upstream.get(), http) }) { proxy in
            try await Programs.withFolder { folder in
                try await Receiver.with(store: folder, ["SAGA_PUBLIC_URL": proxy.url + prefix + "/"]) { receiver in
                    upstream.set(receiver.url)
                    try await body(receiver, proxy.url)
                }
            }
        }
    }

    private static func forward(
        _ request: LoopbackServer.Request, to upstream: String, _ http: CurlClient
    ) async throws -> LoopbackServer.Response {
        guard request.path.hasPrefix(prefix + "/") else { return .text("not of the receiver", status: 404) }
        let path = request.path.dropFirst(prefix.count) + (request.query.isEmpty ? "" : "?" + request.query)
        let names = ["content-type", "cookie", "origin", "accept"]
        let headers = HTTPHeaders(names.compactMap { name in request.headers[name].map { (name, $0) } })
        let body = request.method == "POST" ? request.body : nil
        let answer = try await http.stream(HTTPRequest(request.method, upstream + path, headers: headers, body: body))
        let kept = ["content-type", "set-cookie", "location", "content-security-policy", "cache-control"]
        let fields = answer.headers.fields.filter { kept.contains($0.name.lowercased()) }
        return LoopbackServer.Response(
            answer.status, headers: fields.map { ($0.name, $0.value) }, body: .stream(answer.body))
    }

    @Test(.enabled(if: WebDriver.isInstalled, "Debian's package chromium-driver is not installed"))
    func everythingWorksBelowThePath() async throws {
        try await Self.with { receiver, proxy in
            let id = try await receiver.start(Definitions.gate)
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            try await WebDriver.with { browser in
                try await browser.open(proxy + Self.prefix + "/sagas/\(id)")
                try await browser.type(Receiver.token, into: "#token")
                try await browser.click("form.card button")
                try await browser.wait(for: "location.pathname === '\(Self.prefix)/sagas/\(id)'")
                #expect(try await browser.run("return getComputedStyle(document.body).marginTop") == "0px", "its style")
                try await browser.run("window.mark = 1")
                _ = try await receiver.operate("pause", id)
                try await browser.wait(for: "document.querySelector('h1').textContent.includes('paused')")
                #expect(try await browser.run("return window.mark") == 1, "its script and events")
                try await browser.click("form[action$='/steps/gate/approve'] button")
                try await browser.wait(for: "document.querySelector('#reason')")
                try await browser.click(".choice button")
                try await browser.wait(for: "location.hash === '#step-gate'")
                try await browser.click(".top nav a:last-child")
                try await browser.wait(for: "document.querySelector('#waits')")
                let cookies = try await browser.command("GET", "/cookie").arrayValue ?? []
                #expect(!cookies.isEmpty && cookies.allSatisfy { $0["path"] == .string(Self.prefix + "/") })
                try await browser.click(".visitor button")
                try await browser.wait(for: "location.pathname === '\(Self.prefix)/sign-in'")
            }
        }
    }

    @Test func everyAddressInAPageBeginsWithThePath() async throws {
        try await Self.with { receiver, _ in
            let id = try await receiver.start(
                Definitions.saga("gate", ["vars": ["v": 1]], Definitions.approval("gate")),
                origin: ["repo": "octo/app", "number": 41, "previous": "0190a000-0000-7000-8000-000000000001"])
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            let signIn = try await receiver.http.send(HTTPRequest("GET", receiver.url + "/sources"))
            #expect(signIn.headers["Location"] == Self.prefix + "/sign-in?to=%2Fsources")
            let browser = Browser(receiver, prefix: Self.prefix)
            try await browser.signIn(Receiver.token)
            for path in [
                "/", "/?name=x", "/?status=failed", "/sources", "/sagas/\(id)", "/sagas/\(id)/pause", "/sagas/none",
                "/sagas/\(id)/steps/gate/reject",
            ] {
                let page = try await browser.get(path)
                let addresses = page.text.matches(of: #/ (?:href|src|action|data-events)="([^"]*)"/#).map { $0.1 }
                #expect(addresses.count > 8, "\(path)")
                let strange = addresses.filter { !$0.hasPrefix(Self.prefix + "/") && !$0.hasPrefix("#") }
                #expect(strange == [], "\(path)")
            }
        }
    }
}
