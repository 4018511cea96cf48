import HTTPTransport
import SagaCore
import TestSupport
import Testing

/// The dashboard in a real browser, one story at a time.
@Suite(
    .serialized, .timeLimit(.minutes(5)),
    .enabled(if: WebDriver.isInstalled, "Debian's package chromium-driver is not installed"))
struct ChromiumStoryTests {
    private static func with(_ body: @Sendable (Receiver, WebDriver) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                try await WebDriver.with { try await body(receiver, $0) }
            }
        }
    }

    static func signIn(_ receiver: Receiver, _ browser: WebDriver, _ token: String = Receiver.token) async throws {
        try await browser.open(receiver.url + "/sign-in")
        try await browser.type(token, into: "#token")
        try await browser.click("form.card button")
        try await browser.wait(for: "document.querySelector('.visitor')")
    }

    @Test func theSignInLeadsToThePageThatWasAskedFor() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(Definitions.gate)
            try await browser.open(receiver.url + "/sagas/\(id)")
            #expect(try await browser.run("return document.activeElement.id") == "token")
            try await browser.type("wrong", into: "#token")
            try await browser.click("form.card button")
            try await browser.wait(for: "document.querySelector('[role=alert]:not([hidden])')")
            try await browser.type(Receiver.token, into: "#token")
            try await browser.click("form.card button")
            try await browser.wait(for: "document.querySelector('h1').textContent.startsWith('gate')")
            #expect(try await browser.address == receiver.url + "/sagas/\(id)")
            #expect(try await browser.run("return document.cookie") == "", "no script sees the session")
            try await browser.click(".visitor button")
            try await browser.wait(for: "document.querySelector('#token')")
        }
    }

    @Test func aSagaProgressesWithoutAReload() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.approval("first"),
                    Definitions.approval("second", [:], ["depends_on": ["first"]])))
            try await receiver.wait(for: id, step: "first", toSay: "approval")
            try await Self.signIn(receiver, browser)
            try await browser.open(receiver.url + "/sagas/\(id)")
            try await browser.wait(for: "document.querySelector('#now').textContent.includes('first')")
            try await browser.run("window.mark = 1; document.querySelector('#config-second').open = true")
            _ = try await receiver.operate("approve", id, step: "first")
            try await browser.wait(for: "document.querySelector('#now').textContent.includes('second')")
            try await browser.wait(for: "document.querySelector('#news').textContent.includes('second')")
            _ = try await receiver.operate("approve", id, step: "second")
            try await browser.wait(for: "document.querySelector('h1').textContent.includes('completed')")
            try await browser.wait(for: "document.title.includes('completed')")
            #expect(try await browser.run("return window.mark") == 1, "the page was never loaded again")
            #expect(try await browser.run("return document.querySelector('#config-second').open") == true)
        }
    }

    @Test func theListShowsANewSagaWithoutAReloadAndKeepsWhatIsWritten() async throws {
        try await Self.with { receiver, browser in
            try await Self.signIn(receiver, browser, Receiver.reader)
            try await browser.run("window.mark = 1")
            try await browser.type("ga", into: "#name")
            try await browser.run("document.activeElement.blur()")
            let id = try await receiver.start(Definitions.gate)
            try await browser.wait(for: "document.querySelector('a[href=\"/sagas/\(id)\"]')")
            #expect(try await browser.run("return window.mark") == 1)
            #expect(try await browser.run("return document.querySelector('#name').value") == "ga")
        }
    }

    @Test func aPageThatCannotFollowSaysSo() async throws {
        try await Self.with { receiver, browser in
            try await Self.signIn(receiver, browser, Receiver.reader)
            #expect(try await browser.run("return document.querySelector('#lost').hidden") == true)
            try receiver.kill()
            try await browser.wait(for: "!document.querySelector('#lost').hidden")
            #expect(try await browser.run("return document.querySelector('h1').textContent") == "Sagas")
        }
    }

    @Test func anApprovalIsGivenThroughItsConfirmation() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga("gate", [:], Definitions.approval("gate", ["message": "Ship it?"])))
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            try await Self.signIn(receiver, browser)
            try await browser.open(receiver.url + "/sagas/\(id)")
            try await browser.click("form[action$='/steps/gate/approve'] button")
            try await browser.wait(for: "document.body.textContent.includes('what depends on it starts')")
            try await browser.wait(for: "document.body.textContent.includes('It waits for an approval: Ship it?')")
            try await browser.type("looks good", into: "#reason")
            try await browser.click(".choice button")
            try await browser.wait(for: "document.querySelector('h1').textContent.includes('completed')")
            let saga = try await receiver.saga(id)
            #expect(saga.step("gate")?["output"]?["comment"] == "looks good")
            #expect(saga.step("gate")?["output"]?["approved_by"] == "ops")
        }
    }

    @Test func aReadingTokenSeesNoButtonButTheSignOut() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga("s", ["vars": ["v": "1"]], Definitions.approval("gate")))
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            _ = try await receiver.operate("pause", id)
            try await Self.signIn(receiver, browser, Receiver.reader)
            try await browser.open(receiver.url + "/sagas/\(id)")
            #expect(try await browser.run("return document.querySelector('h1').textContent.includes('paused')") == true)
            let buttons =
                "return [...document.querySelectorAll('button, input:not([type=hidden])')].map(b => b.innerText)"
            #expect(try await browser.run(buttons) == ["Sign out"])
            try await Self.signIn(receiver, browser, insteadWith: Receiver.token)
            try await browser.open(receiver.url + "/sagas/\(id)")
            #expect(try await browser.run(buttons).arrayValue?.count ?? 0 > 5, "whoever may operate sees them")
        }
    }

    private static func signIn(
        _ receiver: Receiver, _ browser: WebDriver, insteadWith token: String
    ) async throws {
        try await browser.click(".visitor button")
        try await browser.wait(for: "document.querySelector('#token')")
        try await signIn(receiver, browser, token)
    }

    @Test func theKeyboardIsEnough() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(Definitions.gate)
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            try await Self.signIn(receiver, browser)
            try await browser.open(receiver.url + "/sagas/\(id)")
            try await browser.press(.tab)
            #expect(try await browser.run("return document.activeElement.className") == "skip")
            try await browser.press(.enter)
            #expect(try await browser.run("return document.activeElement.id") == "content")
            let isThere = "return !!document.activeElement.closest(\"form[action$='/steps/gate/approve']\")"
            var steps = 0
            while try await browser.run(isThere) != true {
                try await browser.press(.tab)
                steps += 1
                try #require(steps < 60, "the button is reached by the tab key")
                #expect(
                    try await browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid",
                    "the focus is seen")
            }
            try await browser.press(.enter)
            try await browser.wait(for: "document.querySelector('#reason')")
            while try await browser.run("return document.activeElement.closest('.choice') !== null") != true {
                try await browser.press(.tab)
                steps += 1
                try #require(steps < 90)
            }
            try await browser.press(.enter)
            try await browser.wait(for: "document.querySelector('h1').textContent.includes('completed')")
        }
    }

    @Test func pagesWorkWithoutScripts() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(Definitions.gate)
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            try await browser.tool("Emulation.setScriptExecutionDisabled", ["value": true])
            try await Self.signIn(receiver, browser)
            #expect(try await browser.run("return document.querySelector('time').title") == "", "no script ran")
            try await browser.type("gate", into: "#name")
            try await browser.click(".filter button")
            try await browser.wait(for: "location.search === '?name=gate'")
            try await browser.click("a[href='/sagas/\(id)']")
            try await browser.click("form[action$='/steps/gate/approve'] button")
            try await browser.type("by hand", into: "#reason")
            try await browser.click(".choice button")
            try await browser.wait(for: "location.pathname === '/sagas/\(id)'")
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
            try await browser.click(".top nav a[href='/sources']")
            try await browser.wait(for: "document.querySelector('#ended + p + table').textContent.includes('ops')")
        }
    }

    @Test func aReasonIsNotLostWhereTheOperationIsRefused() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(Definitions.gate)
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            try await Self.signIn(receiver, browser)
            try await browser.open(receiver.url + "/sagas/\(id)/steps/gate/approve")
            try await browser.run("window.mark = 1")
            try await browser.type("after a long thought", into: "#reason")
            _ = try await receiver.operate("reject", id, step: "gate")
            _ = try await receiver.waitForEnd(of: id)
            #expect(try await browser.run("return window.mark") == 1)
            #expect(try await browser.run("return document.querySelector('#reason').value") == "after a long thought")
            try await browser.click(".choice button")
            try await browser.wait(for: "document.querySelector('main [role=alert]')")
            #expect(try await browser.run("return document.querySelector('#reason').value") == "after a long thought")
        }
    }

    @Test func variablesAreChangedOnThePage() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga("s", ["vars": ["v": "1", "n": 2]], Definitions.approval("gate")))
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            try await Self.signIn(receiver, browser)
            try await browser.open(receiver.url + "/sagas/\(id)")
            #expect(try await browser.run("return document.querySelector(\"form[action$='/vars']\")") == .null)
            _ = try await receiver.operate("pause", id)
            try await browser.wait(for: "document.querySelector(\"form[action$='/vars']\")")
            try await browser.click("form[action$='/vars'] button")
            try await browser.wait(for: "document.querySelector('#vars').value.includes('\"v\": \"1\"')")
            try await browser.type("oops", into: "#vars")
            try await browser.type("a new version", into: "#reason")
            try await browser.click(".choice button")
            try await browser.wait(for: "document.querySelector('main [role=alert]')")
            #expect(try await browser.run("return document.querySelector('#vars').value.includes('oops')") == true)
            try await browser.run("document.querySelector('#vars').value = '{\"v\": \"2\", \"n\": 2}'")
            try await browser.click(".choice button")
            try await browser.wait(for: "document.querySelector('h1').textContent.includes('paused')")
            #expect(try await receiver.saga(id)["vars"] == ["v": "2", "n": 2])
            let journal =
                try await receiver.send("GET", "/api/v1/sagas/\(id)/journal").json["entries"]?.arrayValue ?? []
            let change = try #require(journal.first { $0["kind"] == "vars_changed" })
            #expect(change["reason"] == "a new version" && change["data"]?["to"] == ["v": "2"])
        }
    }
}
