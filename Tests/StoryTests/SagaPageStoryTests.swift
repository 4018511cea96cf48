import SagaCore
import TestSupport
import Testing

/// What the page of one saga tells of the world around it.
@Suite(.timeLimit(.minutes(3))) struct SagaPageStoryTests {
    @Test func pipelinesAndCommitsAreLinks() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            let run = try #require(fake.addPipeline(in: "octo/app", status: "success"))
            let (pipeline, forge) = ("https://ci.example.com/repos/3/pipeline/8", "https://git.example.com/c/4f2c")
            let saga = try await receiver.run(
                RestartStoryTests.waiting,
                origin: [
                    "repo": "octo/app", "number": 8, "url": .string(pipeline),
                    "ci": [
                        "CI_COMMIT_SHA": .string(run.commit), "CI_PIPELINE_FORGE_URL": .string(forge),
                        "CI_COMMIT_BRANCH": "main", "CI_COMMIT_MESSAGE": "Fix <it>\n\nAt last",
                    ],
                ])
            let id = try #require(saga["id"]?.stringValue)
            let awaited = try #require(saga["outputs"]?["w"]?["url"]?.stringValue)
            let browser = Browser(receiver)
            try await browser.signIn(Receiver.reader)
            let page = try await browser.get("/sagas/\(id)")
            func links(_ address: String) -> Int { page.text.ranges(of: "<a href=\"\(address)\"").count }
            #expect(links(pipeline) == 1)
            #expect(links(forge) == 2, "the saga's commit, and that of the pipeline it waited for")
            #expect(links(awaited) == 2, "as the step's pipeline, and in its output")
            #expect(page.text.contains("Fix &lt;it&gt;</dd>") && page.text.contains("<dd>main</dd>"))
        }
    }

    @Test func theTimelineTellsAttemptsWaitsAndPausesApart() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let retry: JSONValue = ["retry_policy": ["max_attempts": 2, "initial_delay": "1h"], "timeout": "3h"]
                let id = try await receiver.start(
                    Definitions.saga(
                        "s", [:], Definitions.shell("good", "true"), Definitions.shell("bad", "exit 1", retry),
                        Definitions.approval("gate")))
                try await receiver.wait(for: id, "all three") { saga in
                    saga.step("good")?["status"] == "completed"
                        && saga.step("bad")?["waiting_for"]?.text.contains("attempt 2 of 2") == true
                        && saga.step("gate")?["waiting_for"]?.text.contains("approval") == true
                }
                let browser = Browser(receiver)
                try await browser.signIn(Receiver.reader)
                let page = try await browser.get("/sagas/\(id)")
                let start = try #require(page.text.firstRange(of: "<svg class=\"timeline\"")?.upperBound)
                let timeline = page.text[start...].prefix(
                    upTo: try #require(page.text.firstRange(of: "<h2>Each")).lowerBound)
                for (title, shape) in [
                    ("good, attempt 1: completed", "class=\"box\""), ("bad, attempt 1: failed", "class=\"box\""),
                    ("between attempts", "class=\"pause\""), ("gate, attempt 1: waiting", "class=\"box wait\""),
                ] {
                    let bars = timeline.split(separator: "<g ").filter { $0.contains("<title>\(title)") }
                    #expect(bars.count == 1 && bars.allSatisfy { $0.contains(shape) }, "\(title)")
                }
            }
        }
    }
}
