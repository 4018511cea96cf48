import SagaCore
import TestSupport
import Testing

/// Restarting a pipeline through the API and by the plugin; what waits for it goes on with the new run.
@Suite(.timeLimit(.minutes(3))) struct RestartStoryTests {
    static let waiting = Definitions.saga(
        "waiting", [:], Definitions.step("w", "wait_pipeline", ["repo": "octo/app", "number": 1], [:]))

    @Test(arguments: ["/projects/1", "/api/v1/projects/octo%2Fapp"])
    func aRestartedPipelineIsFollowedByWhoeverWaitsForIt(path: String) async throws {
        try await Receiver.withWoodpecker(["SAGA_RECONCILE_INTERVAL": "1h", "SAGA_WOODPECKER_STREAM": "false"]) {
            receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "running")
            let id = try await receiver.start(Self.waiting)
            try await receiver.wait(for: id, step: "w", toSay: "running")
            // Its success would end the wait at once; the restart alone does not.
            fake.change("octo/app") { $0.endings = ["success"] }
            let answer = try await receiver.send("POST", "\(path)/pipelines/1/retry", ["reason": "flaky"])
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["number"] == 2)
            #expect(answer.json["parent"] == 1)
            #expect(answer.json["url"] == "https://ci.example.com/repos/1/pipeline/2")
            #expect(answer.json["sagas"]?.arrayValue?.map { $0["id"]?.stringValue } == [id])
            #expect(answer.json["sagas"]?.arrayValue?.first?["steps"] == ["w"])
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed")
            #expect(saga["outputs"]?["w"]?["number"] == 2)
            #expect(saga["outputs"]?["w"]?["restarts"] == 1)
            let journal = try await receiver.send("GET", "/api/v1/sagas/\(id)/journal").json["entries"]?.arrayValue
            let entry = journal?.first { $0["kind"] == "pipeline_restarted" }
            #expect(entry?["actor"] == "ops")
            #expect(entry?["reason"] == "flaky")
        }
    }

    @Test func whatCannotBeRestartedNamesTheCure() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "blocked")
            fake.addPipeline(in: "octo/app", status: "failure")
            func retry(_ repo: String, _ number: String, token: String = Receiver.token) async throws -> (Int, String) {
                let answer = try await receiver.send(
                    "POST", "/projects/\(repo)/pipelines/\(number)/retry", token: token, [:])
                return (answer.status, answer.json["detail"]?.stringValue ?? answer.text)
            }
            let cases: [(String, String, Int, String)] = [
                ("octo%2Fnone", "2", 404, "token"), ("1", "77", 404, "SAGA_WOODPECKER_TOKEN"), ("1", "x", 400, "'x'"),
                ("1", "1", 409, "approval"),
            ]
            for (repo, number, status, word) in cases {
                let (got, detail) = try await retry(repo, number)
                #expect(got == status, "\(detail)")
                #expect(detail.contains(word), "\(detail)")
            }
            #expect(try await retry("1", "2", token: Receiver.reader).0 == 403)
            fake.fail(.restart, .dropBefore)
            let (lost, detail) = try await retry("1", "2")
            #expect(lost == 502)
            #expect(detail.contains("may have been restarted"), "\(detail)")
            #expect(fake.pipelines("octo/app").count == 2)
            // It happened, and only the answer got lost.
            fake.fail(.restart, .dropAfter)
            #expect(try await retry("1", "2").0 == 200)
            #expect(fake.pipelines("octo/app").map(\.parent) == [0, 0, 2])
        }
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let answer = try await receiver.send("POST", "/projects/1/pipelines/1/retry", [:])
                #expect(answer.status == 501)
                #expect(answer.text.contains("SAGA_WOODPECKER_TOKEN"))
                let step = PluginStep(workspace: folder)
                let result = try await step.run([
                    "action": "retry", "receiver": receiver.url, "token": Receiver.token, "repo": "octo/app",
                    "pipeline": "1",
                ])
                #expect(result.exitCode == 1)
                #expect(result.errors.contains("SAGA_WOODPECKER_TOKEN"), "\(result.errors)")
            }
        }
    }

    @Test func thePluginRestartsThroughTheReceiver() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            fake.addPipeline(in: "octo/app", status: "running")
            let id = try await receiver.start(Self.waiting)
            try await receiver.wait(for: id, step: "w", toSay: "running")
            let step = PluginStep(workspace: folder)
            let settings = [
                "action": "retry", "receiver": receiver.url, "token": Receiver.token, "repo": "octo/app",
                "pipeline": "1",
            ]
            let dry = try await step.run(settings.merging(["dry_run": "true"]) { $1 })
            #expect(dry.exitCode == 0)
            #expect(fake.count(.restart) == 0)
            let result = try await step.run(settings)
            #expect(result.exitCode == 0, "\(result.errors)")
            for word in ["octo/app#1 as #2", id + "/w", "https://ci.example.com/repos/1/pipeline/2"] {
                #expect(result.output.contains(word), "\(result.output)")
            }
            #expect(try await step.run(settings.merging(["pipeline": "9"]) { $1 }).exitCode == 1)
            #expect(try await step.run(settings.merging(["token": Receiver.reader]) { $1 }).exitCode == 3)
            fake.set("octo/app", 2, "success")
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
        }
    }

    @Test func thePluginRestartsInWoodpeckerItselfAndTellsTheStore() async throws {
        try await withFakeWoodpecker(prefix: "/ci") { fake in
            fake.addRepo("octo/app")
            fake.addPipeline(in: "octo/app", status: "running")
            try await Programs.withFolder { folder in
                let step = PluginStep(workspace: folder)
                let store = folder + "/saga.db"
                let definition =
                    "name: waiting\nsteps:\n  - {name: w, action: wait_pipeline, config: {number: 1}}\n"
                // Long ago enough that nothing reads the pipeline by itself: without a token only signals count.
                let parked = try await step.run(["saga": definition, "store": store, "wait": "true", "timeout": "2s"])
                #expect(parked.exitCode == 4, "\(parked.errors)")
                let settings = [
                    "action": "retry", "pipeline": "1", "store": store, "woodpecker_url": fake.url,
                    "woodpecker_token": "t0ken",
                ]
                let result = try await step.run(settings)
                #expect(result.exitCode == 0, "\(result.errors)")
                #expect(result.output.contains("octo/app#1 as #2"))
                #expect(result.output.contains("/w"), "\(result.output)")
                let id = try #require(try step.output("waiting")["id"]?.stringValue)
                let told = try await PluginStep(workspace: folder, number: 2, parent: 1).run([
                    "action": "notify", "store": store,
                ])
                #expect(told.exitCode == 0, "\(told.errors)")
                let waited = try await step.run(["action": "wait", "id": id, "store": store, "wait": "true"])
                #expect(waited.exitCode == 0, "\(waited.output) \(waited.errors)")
                #expect(try step.output("waiting")["outputs"]?["w"]?["number"] == 2)
                #expect(try step.output("waiting")["outputs"]?["w"]?["restarts"] == 1)
                let alone = ["action": "retry", "pipeline": "2", "woodpecker_url": fake.url]
                let direct = try await step.run(alone.merging(["woodpecker_token": "t0ken"]) { $1 })
                #expect(direct.exitCode == 0, "\(direct.errors)")
                #expect(fake.pipelines("octo/app").map(\.parent) == [0, 1, 2])
                let wrong = try await step.run(alone.merging(["woodpecker_token": "other"]) { $1 })
                #expect(wrong.exitCode == 3)
                #expect(wrong.errors.contains("make a new token"), "\(wrong.errors)")
            }
        }
    }
}
