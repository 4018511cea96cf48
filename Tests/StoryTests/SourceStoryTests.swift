import SagaCore
import TestSupport
import Testing

/// How the receiver hears of pipelines: the event stream, webhooks, and its own reads. Each alone is enough.
@Suite(.timeLimit(.minutes(3))) struct SourceStoryTests {
    static func sources(_ receiver: Receiver) async throws -> JSONValue {
        try await receiver.send("GET", "/health", token: nil).json["sources"] ?? .null
    }

    static func connected(_ receiver: Receiver, _ fake: FakeWoodpecker) async throws {
        #expect(
            try await Pause.until(.seconds(60)) {
                try await sources(receiver)["stream"]?["state"] == "connected" && fake.listeners == 1
            })
    }

    @Test func theEventStreamWakesAWait() async throws {
        try await Receiver.withWoodpecker(["SAGA_RECONCILE_INTERVAL": "1h"]) { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "running")
            try await Self.connected(receiver, fake)
            let id = try await receiver.start(RestartStoryTests.waiting)
            try await receiver.wait(for: id, step: "w", toSay: "running")
            fake.repeatEvents(2)
            fake.set("octo/app", 1, "success")
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed")
            #expect(saga["outputs"]?["w"]?["decided_by"] == "api")
            let stream = try await Self.sources(receiver)["stream"]
            #expect(stream?["last_event_at"]?.stringValue != nil)
        }
    }

    /// What happened while nobody listened is found by reading every open wait after the next connection.
    @Test func aStreamThatBrokeIsTakenUpAgainAndWhatWasMissedIsRead() async throws {
        try await Receiver.withWoodpecker(["SAGA_RECONCILE_INTERVAL": "1h"]) { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "running")
            try await Self.connected(receiver, fake)
            let id = try await receiver.start(RestartStoryTests.waiting)
            try await receiver.wait(for: id, step: "w", toSay: "running")
            fake.fail(.events, .answer(503), times: 2)
            fake.breakStreams()
            #expect(
                try await Pause.until(.seconds(60)) {
                    try await Self.sources(receiver)["stream"]?["last_error"]?.stringValue != nil
                })
            fake.set("octo/app", 1, "success")
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
            #expect(fake.count(.events) >= 4)
            try await Self.connected(receiver, fake)
        }
    }

    @Test func withoutStreamAndWebhooksEveryWaitStillEnds() async throws {
        let settings = [
            "SAGA_WOODPECKER_STREAM": "false", "SAGA_WEBHOOK_GITEA_SECRET": "", "SAGA_WEBHOOK_GITHUB_SECRET": "",
            "SAGA_WEBHOOK_FORGEJO_SECRET": "", "SAGA_WEBHOOK_GITLAB_SECRET": "",
        ].filter { !$0.value.isEmpty }
        try await Receiver.withWoodpecker(settings) { receiver, fake, _ in
            fake.addRepo("octo/other")
            var ids: [String] = []
            for number in 1...8 {
                let repo = number.isMultiple(of: 2) ? "octo/app" : "octo/other"
                let run = try #require(fake.addPipeline(in: repo, status: "running"))
                let config: [JSONValue] = [
                    ["repo": .string(repo), "number": .int(run.number)],
                    ["repo": .string(repo), "number": .int(run.number), "workflows": ["build"]],
                ]
                ids.append(
                    try await receiver.start(
                        Definitions.saga(
                            "waiting", [:],
                            Definitions.step("w", "wait_pipeline", config[number / 5], [:]))))
            }
            for id in ids { try await receiver.wait(for: id, step: "w", toSay: "running") }
            for number in 1...4 as ClosedRange<Int64> {
                for repo in ["octo/app", "octo/other"] { fake.set(repo, number, "success") }
            }
            for id in ids { #expect(try await receiver.waitForEnd(of: id)["status"] == "completed") }
            let sources = try await Self.sources(receiver)
            #expect(sources["stream"]?["state"] == "off")
            #expect(sources["reconciler"]?["state"] == "working")
            #expect(sources["reconciler"]?["interval"] == "1s")
            #expect(fake.count(.events) == 0)
        }
    }

    /// Many waits on one repository cost one list an interval, and a pipeline is read whole only when it is over.
    @Test func oneListAnswersAllWaitsOfARepository() async throws {
        try await Receiver.withWoodpecker(["SAGA_WOODPECKER_STREAM": "false", "SAGA_RECONCILE_INTERVAL": "2s"]) {
            receiver, fake, _ in
            for _ in 1...20 { fake.addPipeline(in: "octo/app", status: "running") }
            var ids: [String] = []
            for number in 1...20 {
                ids.append(
                    try await receiver.start(
                        Definitions.saga(
                            "waiting", [:],
                            Definitions.step(
                                "w", "wait_pipeline", ["repo": "octo/app", "number": .int(Int64(number))], [:]))))
            }
            for id in ids { try await receiver.wait(for: id, step: "w", toSay: "running") }
            let start = ContinuousClock.now
            let before = fake.count(.list)
            // Five rounds of the reconciler; twenty waits that were read one by one would be a hundred lists.
            #expect(await Pause.until(.seconds(60)) { fake.count(.list) >= before + 5 })
            #expect(ContinuousClock.now - start >= .seconds(4), "the waits of a repository share their lists")
            #expect(fake.count(.pipeline) == 0, "a list that says 'running' is enough")
            for number in 1...20 { fake.set("octo/app", Int64(number), "success") }
            for id in ids { #expect(try await receiver.waitForEnd(of: id)["status"] == "completed") }
        }
    }

    @Test func theHealthCheckTellsTheThreeSourcesApart() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            try await Self.connected(receiver, fake)
            let body = Hooks.status(number: 1)
            let hook = Hooks.gitea(body, id: "d1", signature: Hooks.sign(body, "wrong"))
            #expect(try await receiver.send("POST", "/webhooks/gitea", token: nil, body, headers: hook).status == 401)
            var webhooks = try await Self.sources(receiver)["webhooks"]
            #expect(webhooks?["state"] == "open")
            #expect(webhooks?["last_error"]?.stringValue?.contains("gitea") == true)
            #expect(webhooks?["last_event_at"] == .null)
            let good = Hooks.gitea(body, id: "d1")
            _ = try await receiver.send("POST", "/webhooks/gitea", token: nil, body, headers: good)
            webhooks = try await Self.sources(receiver)["webhooks"]
            #expect(webhooks?["last_event_at"]?.stringValue != nil)
            fake.addPipeline(in: "octo/app", status: "running")
            fake.fail(.list, .answer(500), times: 100)
            let id = try await receiver.start(RestartStoryTests.waiting)
            #expect(
                try await Pause.until(.seconds(30)) {
                    try await Self.sources(receiver)["reconciler"]?["state"] == "failing"
                })
            #expect(try await receiver.operate("cancel", id).status == 200)
        }
    }
}
