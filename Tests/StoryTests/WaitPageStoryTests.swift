import SagaCore
import TestSupport
import Testing

/// The page about waits and signals, as an operator looks for what does not go on.
@Suite(.timeLimit(.minutes(3))) struct WaitPageStoryTests {
    /// The rows of the table below a heading.
    static func rows(_ page: Browser.Page, below id: String) -> [String] {
        guard let start = page.text.firstRange(of: "<h2 id=\"\(id)\">")?.upperBound else { return [] }
        let part = page.text[start...]
        let end = part.firstRange(of: "<h2 ")?.lowerBound ?? part.endIndex
        return part[..<end].split(separator: "<tr>").dropFirst(2).map(String.init)
    }

    static func link(_ page: Browser.Page, _ title: String, below id: String) -> String? {
        guard let start = page.text.firstRange(of: "<h2 id=\"\(id)\">")?.upperBound else { return nil }
        let part = page.text[start...]
        let end = part.firstRange(of: "<h2 ")?.lowerBound ?? part.endIndex
        guard let close = part[..<end].firstRange(of: "\">\(title)</a>")?.lowerBound else { return nil }
        let before = part[..<close]
        guard let open = before.ranges(of: "href=\"").last?.upperBound else { return nil }
        return String(before[open...]).replacing("&amp;", with: "&")
    }

    private static func with(_ body: @Sendable (Receiver, Browser) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let browser = Browser(receiver)
                try await browser.signIn(Receiver.reader)
                try await body(receiver, browser)
            }
        }
    }

    @Test func openWaitsComeAPageAtATime() async throws {
        try await Self.with { receiver, browser in
            var ids: [String] = []
            for _ in 0..<27 { ids.append(try await receiver.start(Definitions.gate)) }
            for id in ids { try await receiver.wait(for: id, step: "gate", toSay: "approval") }
            let ended = try await receiver.run(Definitions.saga("e", [:], Definitions.shell("s", "true")))
            let first = try await browser.get("/sources")
            let rows = Self.rows(first, below: "waits")
            #expect(rows.count == 25)
            #expect(rows.first?.contains("/sagas/\(ids[26])#step-gate") == true, "newest first")
            #expect(rows.allSatisfy { $0.contains("Waits for an approval since") && $0.contains("times out") })
            #expect(!first.text.contains("/sagas/\(ended["id"]?.stringValue ?? "")#"))
            let older = try #require(Self.link(first, "Older", below: "waits"))
            let second = try await browser.get(older)
            #expect(Self.rows(second, below: "waits").count == 2)
            #expect(Self.link(second, "Older", below: "waits") == nil)
            #expect(try #require(Self.link(second, "Newest", below: "waits")) == "/sources#waits")
            #expect(try await browser.get("/sources?waits_cursor=x").status == 400)
            #expect(try await browser.get("/sources?unmached=true").text.contains("unmatched"))
        }
    }

    @Test func aSagaWithManyWaitsShowsSomeOfThem() async throws {
        try await Self.with { receiver, browser in
            let gates = (0..<13).map { Definitions.approval("gate-\($0)") }
            let id = try await receiver.start(["name": "many", "steps": .array(gates)])
            try await receiver.wait(for: id, "all gates") { saga in
                (0..<13).allSatisfy { saga.step("gate-\($0)")?["waiting_for"]?.text.contains("approval") == true }
            }
            let rows = Self.rows(try await browser.get("/sources"), below: "waits")
            #expect(rows.count == 11)
            #expect(rows.last?.contains(">3 more</a>") == true)
        }
    }

    @Test func whatDecidedAWaitIsNamed() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "success")
            let api = try await receiver.run(RestartStoryTests.waiting)
            #expect(api["status"] == "completed")
            let person = try await receiver.start(Definitions.gate)
            try await receiver.wait(for: person, step: "gate", toSay: "approval")
            _ = try await receiver.operate("approve", person, step: "gate")
            let time = try await receiver.run(
                Definitions.saga("nap", [:], Definitions.step("nap", "sleep", ["duration": "1ms"], [:])))
            let late = try await receiver.run(
                Definitions.saga("late", [:], Definitions.approval("gate", [:], ["timeout": "1ms"])))
            #expect(time["status"] == "completed" && late["status"] == "failed")
            let browser = Browser(receiver)
            try await browser.signIn(Receiver.reader)
            let rows = Self.rows(try await browser.get("/sources"), below: "ended")
            func decider(_ saga: JSONValue) throws -> Substring {
                let row = try #require(rows.first { $0.contains("/sagas/\(saga["id"]?.stringValue ?? "")\"") })
                let start = try #require(row.firstRange(of: "data-label=\"Decided by\">")?.upperBound)
                return row[start...].prefix { $0 != "<" }
            }
            #expect(try decider(api) == "api")
            #expect(try decider(["id": .string(person)]) == "ops")
            #expect(try decider(time) == "the clock")
            #expect(try decider(late) == "its timeout")
            #expect(rows.count == 4, "attempts that never waited are none")
        }
    }

    @Test func signalsAreFilteredInTheAddressAndComeAPageAtATime() async throws {
        try await Self.with { receiver, browser in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.step("pipe", "wait_pipeline", ["repo": "octo/app", "number": 99], [:])))
            try await receiver.wait(for: id, step: "pipe", toSay: "octo/app#99")
            for number in [99] + Array(1...26) {
                _ = try await receiver.send(
                    "POST", "/api/v1/signals",
                    [
                        "kind": "pipeline", "server": "https://ci.example.com", "repo": "octo/app",
                        "number": .int(Int64(number)), "status": "success",
                    ])
            }
            let all = try await browser.get("/sources")
            let older = try await browser.get(try #require(Self.link(all, "Older", below: "signals")))
            #expect(Self.rows(all, below: "signals").count == 25 && Self.rows(older, below: "signals").count == 2)
            #expect(Self.rows(older, below: "signals").contains { $0.contains("by a saga") })
            let path = try #require(Self.link(all, "Nobody waited for", below: "signals"))
            #expect(path == "/sources?unmatched=true#signals")
            let unmatched = try await browser.get(path)
            let rest = try await browser.get(try #require(Self.link(unmatched, "Older", below: "signals")))
            let rows = Self.rows(unmatched, below: "signals") + Self.rows(rest, below: "signals")
            #expect(rows.count == 26 && rows.allSatisfy { $0.contains("by none") })
        }
    }
}
