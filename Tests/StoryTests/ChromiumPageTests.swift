import SagaCore
import TestSupport
import Testing

/// Every page of the dashboard in a real browser: what it loads and logs, how wide it is, and who can read it.
@Suite(
    .serialized, .timeLimit(.minutes(10)),
    .enabled(if: WebDriver.isInstalled, "Debian's package chromium-driver is not installed"))
struct ChromiumPageTests {
    private static let evil = "</title><script>alert(1)</script><img src=x onerror=alert(1)>"
    private static let long = String(repeating: "verylong", count: 7)

    /// Sagas of every kind, then their pages and all others.
    private static func with(
        _ body: @Sendable (Receiver, WebDriver, _ paths: [String]) async throws -> Void
    ) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let paths = try await paths(receiver)
                try await WebDriver.with { browser in
                    try await ChromiumStoryTests.signIn(receiver, browser)
                    try await body(receiver, browser, paths)
                }
            }
        }
    }

    private static func paths(_ receiver: Receiver) async throws -> [String] {
        let waiting = try await receiver.start(waiting, vars: ["v": .string(evil)], origin: origin)
        let paused = try await receiver.start(Definitions.saga("p", ["vars": ["v": 1]], Definitions.approval("gate")))
        let failed = try await receiver.run(
            Definitions.saga("f", ["on_failure": "stop"], Definitions.shell("a", "seq 99 >&2; exit 1", once)))
        let undone = try await receiver.run(
            Definitions.saga(
                "u", [:], Definitions.shell("a", "true", ["compensate": "una"]),
                Definitions.shell("b", "exit 1", ["depends_on": ["a"], "retry_policy": ["initial_delay": "1ms"]]),
                Definitions.shell("una", "true")))
        let many = try await receiver.run(many)
        try await receiver.wait(for: waiting, step: long, toSay: "approval")
        try await receiver.wait(for: paused, step: "gate", toSay: "approval")
        _ = try await receiver.operate("pause", paused, ["reason": .string(evil)])
        for status in ["success", "failure"] {
            _ = try await receiver.send(
                "POST", "/api/v1/signals",
                [
                    "kind": "pipeline", "server": "https://ci.example.com", "repo": .string("octo/\(long)/\(long)"),
                    "number": 9, "status": .string(status), "url": "https://ci.example.com/repos/7/pipeline/9",
                ])
        }
        let ids = [waiting, paused] + [failed, undone, many].compactMap { $0["id"]?.stringValue }
        return [
            "/", "/?name=nobody", "/?status=failed", "/sources", "/sources?unmatched=true",
            "/sagas/\(waiting)/kill", "/sagas/\(waiting)/steps/\(long)/complete", "/sagas/\(paused)/vars",
        ] + ids.map { "/sagas/\($0)" }
    }

    private static let once: JSONValue = ["retry_policy": ["max_attempts": 1]]
    private static let origin: JSONValue = [
        "repo": .string("octo/\(long)"), "number": 41, "url": "https://ci.example.com/repos/7/pipeline/41",
        "commit": "4f2c9d1e7a6b58034c1d2e3f405162738495a6b7",
    ]

    private static let waiting = Definitions.saga(
        long, ["description": .string(evil), "vars": ["v": ""]],
        Definitions.step("pipe", "wait_pipeline", ["repo": "octo/app", "number": 9], [:]),
        Definitions.approval(long, ["message": .string(evil + long + long + long)]))

    private static var many: JSONValue {
        var steps: [JSONValue] = [Definitions.shell("s0", "true")]
        for number in 1..<60 {
            let before = ["s\(max(0, number - 1 - number % 4))", "s\(number / 2)"]
            steps.append(
                Definitions.shell(
                    "s\(number)", "true", ["depends_on": .array(Set(before).sorted().map { .string($0) })]))
        }
        return ["name": "many", "steps": .array(steps)]
    }

    @Test func noPageLogsOrLoadsAnythingFromElsewhere() async throws {
        try await Self.with { receiver, browser, paths in
            for path in paths {
                try await browser.open(receiver.url + path)
                try await browser.wait(for: "document.readyState === 'complete'")
                let said = try await browser.log("browser").map(\.json)
                #expect(said == [], "\(path)")
                let asked = try await Self.requests(browser)
                #expect(asked.contains(receiver.url + "/assets/app.css"))
                #expect(asked.filter { !$0.hasPrefix(receiver.url + "/") } == [], "\(path)")
            }
        }
    }

    /// The browser would tell of what the policy refuses: without this, nothing said above would mean anything.
    @Test func thePolicyRefusesWhatComesFromElsewhereAndTheLogTellsOfIt() async throws {
        try await Self.with { receiver, browser, _ in
            try await browser.run(
                """
                const image = document.createElement('img');
                image.src = 'http://127.0.0.1:1/x.png';
                document.body.append(image);
                const code = document.createElement('script');
                code.textContent = 'window.broken = 1';
                document.body.append(code);
                """)
            let isTold = try await Pause.until(.seconds(30)) {
                let said = try await browser.log("browser").map(\.json).joined()
                return said.contains("Content Security Policy") && said.contains("x.png")
            }
            #expect(isTold)
            #expect(try await browser.run("return window.broken === undefined") == true)
        }
    }

    private static func requests(_ browser: WebDriver) async throws -> [String] {
        try await browser.log("performance").compactMap { entry in
            let message = try JSONValue(parsing: entry["message"]?.stringValue ?? "null")["message"]
            guard message?["method"] == "Network.requestWillBeSent" else { return nil }
            return message?["params"]?["request"]?["url"]?.stringValue
        }
    }

    @Test func noPageIsWiderThanANarrowScreen() async throws {
        try await Self.with { receiver, browser, paths in
            try await browser.resize(width: 360)
            for path in paths + ["/sagas/none"] {
                try await browser.open(receiver.url + path)
                let width = try await browser.run("return document.documentElement.scrollWidth").intValue ?? .max
                #expect(width <= 360, "\(path)")
            }
        }
    }

    @Test(
        .enabled(if: Axe.script != nil, "\(TestTools.missing)"),
        arguments: [("light", 1280), ("dark", 1280), ("light", 360)])
    func everybodyCanReadEveryPage(scheme: String, width: Int) async throws {
        try await Self.with { receiver, browser, paths in
            try await browser.resize(width: width)
            try await browser.prefer(scheme)
            for path in paths + ["/sagas/none", "/sign-in"] {
                if path == "/sign-in" { try await browser.command("DELETE", "/cookie") }
                try await browser.open(receiver.url + path)
                try await browser.run("document.querySelectorAll('details').forEach((it) => { it.open = true })")
                let isDark = try await browser.run("return matchMedia('(prefers-color-scheme: dark)').matches")
                #expect(isDark == .bool(scheme == "dark"))
                let found = try await Axe.violations(browser)
                #expect(found == [], "\(path)")
            }
        }
    }
}
