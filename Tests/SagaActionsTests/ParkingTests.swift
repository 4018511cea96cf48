import SagaActions
import SagaCore
import TestSupport
import Testing

@Suite struct ParkingTests {
    @Test func `sleep parks until its end by the clock on the wall`() async throws {
        try await withBench { bench in
            let wait = try await bench.run(.sleep, ["duration": "90s"]).parked
            #expect(wait.subject == .sleep(until: Build.start + .seconds(90)))
            #expect(wait.since == Build.start)
            #expect(wait.nextRead == nil)
            let until = try await bench.run(.sleep, ["until": "2030-01-02T03:04:05+01:00"]).parked
            #expect(until.subject == .sleep(until: try #require(Moment(rfc3339: "2030-01-02T02:04:05Z"))))
        }
    }

    @Test(arguments: [["duration": "0s"], ["until": "2001-01-01T00:00:00Z"]] as [JSONValue])
    func `a sleep that is over is done at once`(config: JSONValue) async throws {
        try await withBench { bench in
            let slept = try await bench.run(.sleep, config).succeeded
            #expect(slept == [:])
        }
    }

    @Test(arguments: [["duration": "{{ vars.x }}"], ["until": "tomorrow"], [:]] as [JSONValue])
    func `a sleep that nobody can read fails for good`(config: JSONValue) async throws {
        try await withBench { bench in
            var bench = bench
            bench.vars = ["x": "soon"]
            let failure = try await bench.run(.sleep, config).failure
            #expect(failure.class == .permanent)
        }
    }

    @Test func `approval parks with its rendered message and its approvers`() async throws {
        try await withBench { bench in
            var bench = bench
            bench.vars = ["version": "1.2"]
            let wait = try await bench.run(
                .approval, ["message": "Ship {{ vars.version }}?", "approvers": ["ada", "bob"]]
            ).parked
            #expect(wait.subject == .approval(message: "Ship 1.2?", approvers: ["ada", "bob"]))
            #expect(wait.nextRead == nil)
        }
    }

    @Test func `a pipeline wait takes its place from the saga's origin where it names none`() async throws {
        try await withWoodpecker { bench, fake in
            var bench = bench
            bench.origin = Origin(ci: ["CI_REPO": "acme/app", "CI_SYSTEM_URL": "https://CI.example:443/ci/"])
            let own = try #require(try await bench.run(.waitPipeline, ["number": 7]).parked.pipeline)
            #expect(own.repo == "acme/app" && own.server == "https://CI.example:443/ci/" && own.number == 7)
            bench.origin = Origin()
            let other = try #require(
                try await bench.run(.waitPipeline, ["number": "7", "repo": "x/y"]).parked.pipeline)
            #expect(other.repo == "x/y" && other.server == "https://ci.example/ci" && other.number == 7)
            let failure = try await bench.run(.waitPipeline, ["number": 7]).failure
            #expect(failure.class == .permanent && failure.message.contains("config.repo is missing"))
        }
    }

    @Test(
        arguments: [
            [:], ["number": .null], ["number": "", "commit": ""], ["number": "seven"],
            ["number": 7, "heal_window": "soon"],
            ["number": 0], ["number": -1],
        ] as [JSONValue])
    func `a wait that could never end fails for good`(config: JSONValue) async throws {
        try await withWoodpecker { bench, _ in
            for action in [ActionKind.waitPipeline, .waitBuild] {
                let failure = try await bench.run(action, config).failure
                #expect(failure.class == .permanent)
            }
        }
    }

    @Test func `without a token nothing is read until a signal comes`() async throws {
        try await withWoodpecker(token: nil) { bench, fake in
            let got = try await bench.run(.waitPipeline, ["number": 7]).parked
            #expect(got.nextRead == nil)
        }
        try await withWoodpecker { bench, fake in
            let got2 = try await bench.run(.waitPipeline, ["number": 7]).parked
            #expect(got2.nextRead == bench.clock.now)
        }
    }
}
