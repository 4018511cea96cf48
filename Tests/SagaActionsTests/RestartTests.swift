import SagaActions
import SagaCore
import TestSupport
import Testing

/// Restarts by people, which waits follow, and by the engine, where `on_failed: restart` says so.
@Suite struct RestartTests {
    @Test func `a restarted pipeline is followed and its newest run decides`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: "failure")
            fake.addPipeline(in: "acme/app", status: "failure") {
                $0.parent = 1; $0.rerunCount = 1
            }
            fake.addPipeline(in: "acme/app", status: "success")
            fake.addPipeline(in: "acme/app", status: "running") {
                $0.parent = 2; $0.rerunCount = 2
            }
            let wait = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked
            #expect(wait.pipeline?.number == 1)
            #expect(wait.pipeline?.followed == [4])
            #expect(wait.keys.contains("acme/app#4"))
            fake.set("acme/app", 4, "success")
            let output = try await bench.read(wait).succeeded
            #expect(output["number"] == 4 && output["restarts"] == 2)
        }
    }

    @Test func `a failure counts only when the heal window has passed without a newer run`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: "failure")
            let config: JSONValue = ["number": 1, "heal_window": "10m"]
            bench.clock.advance(.seconds(60))
            let wait = try await bench.parkAndRead(.waitPipeline, config).parked
            #expect(wait.pipeline?.failedAt == Build.start)
            #expect(wait.seen?.hasPrefix("failure; a restart may make it good until") == true)
            bench.clock.advance(.seconds(538))
            let got = try await bench.read(wait).parked
            #expect(got.nextRead == Build.start + .seconds(600))
            bench.clock.advance(.seconds(2))
            let got2 = try await bench.read(wait).failure
            #expect(got2.class == .permanent)
            fake.addPipeline(in: "acme/app", status: "running") { $0.parent = 1 }
            let healed = try await bench.read(wait).parked
            #expect(healed.pipeline?.failedAt == nil)
            fake.set("acme/app", 2, "failure")
            let got3 = try await bench.read(healed).parked
            #expect(got3.pipeline?.failedAt == bench.clock.now)
        }
    }

    /// Fails pipeline 1 of a wait and gives back the wait that failed.
    private func failed(_ bench: Bench, _ fake: FakeWoodpecker, _ config: JSONValue) async throws -> Wait {
        fake.addPipeline(in: "acme/app", status: "running")
        let wait = try await bench.parkAndRead(.waitPipeline, config).parked
        fake.set("acme/app", 1, "failure")
        let got = try await bench.read(wait).failure
        #expect(got.class == .retryable)
        return wait
    }

    static let config: JSONValue = ["number": 1, "on_failed": "restart"]

    @Test func `the next attempt restarts a failed pipeline and waits for the new run`() async throws {
        try await withWoodpecker { bench, fake in
            let failed = try await failed(bench, fake, Self.config)
            let wait = try await bench.run(.waitPipeline, Self.config, attempt: 2, lastWait: failed).parked
            #expect(fake.count(.restart) == 1)
            #expect(fake.pipeline("acme/app", 2)?.parent == 1)
            #expect(wait.pipeline?.followed == [2])
            #expect(wait.nextRead == bench.clock.now)
            let got = try await bench.read(wait).parked
            #expect(got.seen?.hasPrefix("pending") == true)
            fake.set("acme/app", 2, "success")
            let output = try await bench.read(wait).succeeded
            #expect(output["number"] == 2 && output["restarts"] == 1)
        }
    }

    @Test func `a restart whose answer was lost is not made again`() async throws {
        try await withWoodpecker { bench, fake in
            let failed = try await failed(bench, fake, Self.config)
            fake.fail(.restart, .dropAfter)
            let lost = try await bench.run(.waitPipeline, Self.config, attempt: 2, lastWait: failed).failure
            #expect(lost.class == .unknown)
            let wait = try await bench.run(.waitPipeline, Self.config, attempt: 3, lastWait: failed).parked
            #expect(fake.count(.restart) == 1)
            #expect(fake.pipelines("acme/app").count == 2)
            #expect(wait.pipeline?.followed == [2])
        }
    }

    @Test func `a restart whose answer was lost and that failed meanwhile is restarted in its turn`() async throws {
        try await withWoodpecker { bench, fake in
            let failed = try await failed(bench, fake, Self.config)
            fake.fail(.restart, .dropAfter)
            _ = try await bench.run(.waitPipeline, Self.config, attempt: 2, lastWait: failed).failure
            fake.set("acme/app", 2, "failure")
            let wait = try await bench.run(.waitPipeline, Self.config, attempt: 3, lastWait: failed).parked
            // Three attempts, three runs.
            #expect(fake.pipelines("acme/app").map(\.parent) == [0, 1, 2])
            #expect(wait.pipeline?.followed == [3])
        }
    }

    @Test func `a restart that somebody else made meanwhile is taken`() async throws {
        try await withWoodpecker { bench, fake in
            let failed = try await failed(bench, fake, Self.config)
            fake.addPipeline(in: "acme/app", status: "running") { $0.parent = 1 }
            let wait = try await bench.run(.waitPipeline, Self.config, attempt: 2, lastWait: failed).parked
            #expect(fake.count(.restart) == 0)
            #expect(wait.pipeline?.followed == [2])
        }
    }

    @Test func `a restart by commit is made once too`() async throws {
        try await withWoodpecker { bench, fake in
            let config: JSONValue = ["commit": "c0ffee0", "on_failed": "restart"]
            let failed = try await failed(bench, fake, config)
            fake.fail(.restart, .dropAfter)
            _ = try await bench.run(.waitPipeline, config, attempt: 2, lastWait: failed).failure
            let wait = try await bench.run(.waitPipeline, config, attempt: 3, lastWait: failed).parked
            #expect(fake.count(.restart) == 1)
            fake.set("acme/app", 2, "success")
            let output = try await bench.read(wait).succeeded
            #expect(output["number"] == 2 && output["restarts"] == 1)
        }
    }

    @Test(arguments: ["killed", "canceled", "declined"])
    func `what people ended is not tried again`(status: String) async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: status)
            let failure = try await bench.parkAndRead(.waitPipeline, Self.config).failure
            #expect(failure.class == .permanent)
        }
    }

    @Test func `a failure inside a workflow or step restarts as well`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: "running")
            fake.set("acme/app", 1, workflow: "build", "failure")
            for part in [["workflow": "build"], ["step": "test"]] as [[String: JSONValue]] {
                let config = JSONValue.object(part.merging(["number": 1, "on_failed": "restart"]) { old, _ in old })
                let failure = try await bench.parkAndRead(.waitBuild, config).failure
                #expect(failure.class == .retryable)
            }
        }
    }

    @Test func `without a token a failed pipeline cannot be restarted and the step says so`() async throws {
        try await withWoodpecker(token: nil) { bench, fake in
            var wait = try await bench.run(.waitPipeline, Self.config).parked
            wait.seen = nil
            let signal = Signal(
                kind: .pipeline, server: "https://ci.example/ci", repo: "acme/app", number: 1, status: "failure")
            let got = try await bench.read(wait, [signal]).failure
            #expect(got.class == .retryable)
            let failure = try await bench.run(.waitPipeline, Self.config, attempt: 2, lastWait: wait).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("acme/app#1 failed") && failure.message.contains("token"))
        }
    }

    @Test func `a server that is down while restarting is tried again by the policy`() async throws {
        try await withWoodpecker { bench, fake in
            let failed = try await failed(bench, fake, Self.config)
            fake.fail(.restart, .answer(503))
            #expect(
                try await bench.run(.waitPipeline, Self.config, attempt: 2, lastWait: failed).failure.class
                    == .retryable)
            _ = try await bench.run(.waitPipeline, Self.config, attempt: 3, lastWait: failed).parked
            #expect(fake.pipelines("acme/app").count == 2)
        }
    }

    @Test func `a restart that was deleted leaves the run before it`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app")
            let first = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked
            fake.addPipeline(in: "acme/app") { $0.parent = 1 }
            let second = try await bench.read(first).parked
            #expect(second.pipeline?.followed == [2])
            fake.delete("acme/app", 2)
            let third = try await bench.read(second).parked
            #expect(third.seen?.contains("running") == true || third.seen?.contains("pending") == true)
        }
    }
}
