import SagaActions
import SagaCore
import TestSupport
import Testing

@Suite struct RunPipelineTests {
    @Test func `a pipeline is created with the saga's marks and waited for`() async throws {
        try await withWoodpecker { bench, fake in
            let wait = try await bench.run(
                .runPipeline, ["branch": "next", "variables": ["TARGET": "prod", "N": 2, "SAGA_KEY": "forged"]]
            ).parked
            let run = try #require(fake.pipeline("acme/app", 1))
            #expect(run.branch == "next")
            #expect(
                run.variables == [
                    "TARGET": "prod", "N": "2", "SAGA_ID": String(Bench.key.prefix(36)), "SAGA_STEP": "go",
                    "SAGA_KEY": Bench.key + "1",
                ])
            #expect(wait.pipeline?.number == 1 && wait.pipeline?.pipelineID == run.id)
            #expect(wait.nextRead == bench.clock.now)
            _ = try await bench.read(wait, action: .runPipeline).parked
            fake.set("acme/app", 1, "success")
            let got = try await bench.read(wait, action: .runPipeline).succeeded
            #expect(got["number"] == 1)
        }
    }

    @Test func `without a branch the repository's own is taken`() async throws {
        try await withWoodpecker { bench, fake in
            fake.change("acme/app") { $0.defaultBranch = "trunk" }
            _ = try await bench.run(.runPipeline, [:]).parked
            #expect(fake.pipeline("acme/app", 1)?.branch == "trunk")
        }
    }

    @Test func `a create whose answer was lost is found again by its key`() async throws {
        try await withWoodpecker { bench, fake in
            fake.fail(.create, .dropAfter)
            let got = try await bench.run(.runPipeline, [:]).failure
            #expect(got.class == .unknown)
            fake.addPipeline(in: "acme/app", event: "manual") { $0.variables = ["SAGA_KEY": "somebody/else/1"] }
            let wait = try await bench.run(.runPipeline, [:], attempt: 2).parked
            #expect(wait.pipeline?.number == 1)
            #expect(fake.count(.create) == 1)
            #expect(fake.pipelines("acme/app").count == 2)
        }
    }

    @Test func `a create whose answer was lost long ago is found too`() async throws {
        try await withWoodpecker { bench, fake in
            fake.fail(.create, .dropAfter)
            _ = try await bench.run(.runPipeline, [:]).failure
            bench.clock.advance(.seconds(86_400))
            // An operator's retry after an unknown outcome keeps the key and begins the step anew.
            var order = bench.order(.runPipeline, [:])
            order.step.startedAt = bench.clock.now
            let got = try await bench.router.run(order).parked
            #expect(got.pipeline?.number == 1)
            #expect(fake.count(.create) == 1)
        }
    }

    @Test func `a create that surely did not happen is repeated`() async throws {
        try await withWoodpecker { bench, fake in
            fake.fail(.create, .answer(500, "could not fetch branch head"))
            let failure = try await bench.run(.runPipeline, [:]).failure
            #expect(failure.class == .retryable)
            #expect(failure.message.contains("could not fetch branch head"))
            let got = try await bench.run(.runPipeline, [:], attempt: 2).parked
            #expect(got.pipeline?.number == 1)
            #expect(fake.pipelines("acme/app").count == 1)
        }
    }

    @Test func `a filtered create fails for good and says why`() async throws {
        try await withWoodpecker { bench, fake in
            fake.change("acme/app") { $0.creation = .filtered }
            let failure = try await bench.run(.runPipeline, [:]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("started nothing") && failure.message.contains("manual"))
        }
    }

    @Test func `a configuration that cannot be read comes back as a failed pipeline`() async throws {
        try await withWoodpecker { bench, fake in
            fake.change("acme/app") { $0.creation = .broken("yaml: line 3") }
            let wait = try await bench.run(.runPipeline, [:]).parked
            let failure = try await bench.read(wait, action: .runPipeline).failure
            #expect(failure.class == .retryable)
            #expect(failure.message.contains("ended with status error: yaml: line 3"))
        }
    }

    @Test func `a failed pipeline is restarted by the next attempt, unless on_failed says otherwise`() async throws {
        try await withWoodpecker { bench, fake in
            fake.change("acme/app") { $0.endings = ["failure", "success", "failure"] }
            let first = try await bench.run(.runPipeline, [:]).parked
            let got = try await bench.read(first, action: .runPipeline).failure
            #expect(got.class == .retryable)
            let second = try await bench.run(.runPipeline, [:], attempt: 2, lastWait: first).parked
            let got2 = try await bench.read(second, action: .runPipeline).succeeded
            #expect(got2["number"] == 2)
            #expect(fake.count(.create) == 1 && fake.count(.restart) == 1)
            #expect(fake.pipeline("acme/app", 2)?.variables["SAGA_KEY"] == Bench.key + "1")
            var bench = bench
            bench.generation = 2
            let third = try await bench.run(.runPipeline, ["on_failed": "fail"]).parked
            let got3 = try await bench.read(third, action: .runPipeline).failure
            #expect(got3.class == .permanent)
        }
    }

    @Test func `after an operator's retry the failed pipeline of before is left alone`() async throws {
        try await withWoodpecker { bench, fake in
            fake.change("acme/app") { $0.endings = ["failure"] }
            let before = try await bench.run(.runPipeline, [:]).parked
            bench.clock.advance(.seconds(60))
            var order = bench.order(.runPipeline, [:], attempt: 2, lastWait: before)
            // The first attempt of the new generation failed before it created anything.
            order.step.generation = 2
            order.step.startedAt = bench.clock.now
            order.saga.steps[0] = order.step
            let got = try await bench.router.run(order).parked
            #expect(got.pipeline?.number == 2)
            #expect(fake.count(.restart) == 0 && fake.count(.create) == 2)
        }
    }

    @Test func `without a token nothing can be run and the step says what is missing`() async throws {
        try await withWoodpecker(token: nil) { bench, fake in
            let failure = try await bench.run(.runPipeline, [:]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("SAGA_WOODPECKER_TOKEN"))
        }
    }

    @Test func `a token that the server does not know fails for good`() async throws {
        try await withWoodpecker(token: "wrong") { bench, fake in
            let failure = try await bench.run(.runPipeline, [:]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("does not accept the token"))
            #expect(fake.pipelines("acme/app").isEmpty)
        }
    }

    @Test func `a server that cannot be reached is tried again, and an open circuit is no attempt`() async throws {
        try await withWoodpecker { bench, fake in
            fake.setDown(true)
            for _ in 1...5 {
                let failure = try await bench.run(.runPipeline, [:]).failure
                #expect(failure.class == .retryable)
            }
            let got = try await bench.run(.runPipeline, [:]).postponed
            #expect(got.until == bench.clock.now + .seconds(30))
        }
    }

    @Test(arguments: [("leave", true), ("cancel", false), (nil, false)] as [(String?, Bool)])
    func `on_cancel is kept with the wait`(word: String?, leaves: Bool) async throws {
        try await withWoodpecker { bench, fake in
            let config = JSONValue.object(compacting: ["on_cancel": word.map { .string($0) }])
            let got = try await bench.run(.runPipeline, config).parked
            #expect(got.pipeline?.leaveOnCancel == leaves)
        }
    }
}
