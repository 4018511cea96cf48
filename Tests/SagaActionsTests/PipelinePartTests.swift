import SagaActions
import SagaCore
import TestSupport
import Testing

/// How a read judges the parts of a pipeline: its workflows, their copies and their steps.
extension PipelineReadTests {
    @Test func `a subset of workflows decides before the others are over`() async throws {
        try await withWoodpecker(workflows: Self.two) { bench, fake in
            fake.addPipeline(in: "acme/app")
            let config: JSONValue = ["number": 1, "workflows": ["build"]]
            let wait = try await bench.parkAndRead(.waitPipeline, config).parked
            fake.set("acme/app", 1, workflow: "lint", "failure")
            let parked = try await bench.read(wait).parked
            #expect(parked.seen != nil)
            fake.set("acme/app", 1, workflow: "build", "success")
            let got = try await bench.read(wait).succeeded
            #expect(got["status"] == "success")
            let got2 = try await bench.parkAndRead(.waitPipeline, ["number": 1]).failure
            #expect(got2.output?["status"] == "failure")
        }
    }

    @Test func `of several workflows the one that went wrong is told`() async throws {
        try await withWoodpecker(workflows: Self.two) { bench, fake in
            fake.addPipeline(in: "acme/app")
            let config: JSONValue = ["number": 1, "workflows": ["build", "lint"]]
            fake.set("acme/app", 1, workflow: "build", "success")
            let wait = try await bench.parkAndRead(.waitPipeline, config).parked
            fake.set("acme/app", 1, workflow: "lint", "failure")
            let got = try await bench.read(wait).failure
            #expect(got.output?["status"] == "failure")
        }
    }

    @Test func `a workflow that was skipped does not lower a success`() async throws {
        try await withWoodpecker(workflows: Self.two) { bench, fake in
            fake.addPipeline(in: "acme/app")
            fake.set("acme/app", 1, workflow: "lint", "skipped")
            fake.set("acme/app", 1, workflow: "build", "success")
            let config: JSONValue = ["number": 1, "workflows": ["lint", "build"]]
            let got = try await bench.parkAndRead(.waitPipeline, config).succeeded
            #expect(got["status"] == "success")
            let got2 = try await bench.parkAndRead(.waitPipeline, ["number": 1]).succeeded
            #expect(got2["status"] == "success")
        }
    }

    @Test func `a pipeline that ends without the awaited workflow or step fails the wait`() async throws {
        try await withWoodpecker(workflows: Self.two) { bench, fake in
            fake.addPipeline(in: "acme/app")
            let configs: [(ActionKind, JSONValue, String)] = [
                (.waitPipeline, ["number": 1, "workflows": ["build", "docs"]], "without workflow 'docs'"),
                (.waitBuild, ["number": 1, "workflow": "docs"], "without workflow 'docs'"),
                (
                    .waitBuild, ["number": 1, "workflow": "build", "step": "check"],
                    "without step 'check' in workflow 'build'"
                ),
                (.waitBuild, ["number": 1, "step": "deploy"], "without step 'deploy'"),
            ]
            for (action, config, _) in configs { _ = try await bench.parkAndRead(action, config).parked }
            fake.set("acme/app", 1, "success")
            for (action, config, words) in configs {
                let failure = try await bench.parkAndRead(action, config).failure
                #expect(failure.class == .permanent)
                #expect(failure.message.contains(words))
            }
        }
    }

    @Test func `a configuration that cannot be read is told in its own words to whoever waits for a workflow`()
        async throws
    {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: "error") {
                $0.workflows = []; $0.errors = ["bad yaml"]
            }
            for config in [["number": 1, "workflow": "build"], ["number": 1, "step": "x"]] as [JSONValue] {
                let failure = try await bench.parkAndRead(.waitBuild, config).failure
                #expect(failure.message.contains("ended with status error: bad yaml"))
            }
        }
    }

    @Test func `a step is waited for with its exit code`() async throws {
        try await withWoodpecker(workflows: Self.two) { bench, fake in
            fake.addPipeline(in: "acme/app")
            let config: JSONValue = ["number": 1, "step": "test"]
            let wait = try await bench.parkAndRead(.waitBuild, config).parked
            fake.set("acme/app", 1, workflow: "build", step: "test", "failure", exitCode: 3)
            let failure = try await bench.read(wait).failure
            #expect(failure.message.contains("step 'test' of pipeline acme/app#1 ended with status failure"))
            let output = try #require(failure.output)
            #expect(output["workflow"] == "build" && output["step"] == "test" && output["exit_code"] == 3)
            fake.set("acme/app", 1, workflow: "build", step: "compile", "success")
            let good = try await bench.parkAndRead(
                .waitBuild, ["number": 1, "workflow": "build", "step": "compile"]
            ).succeeded
            #expect(good["step"] == "compile" && good["exit_code"] == 0)
        }
    }

    @Test func `a workflow of a matrix is all its copies`() async throws {
        try await withWoodpecker(workflows: [("build", ["a"]), ("build", ["a"])]) { bench, fake in
            fake.addPipeline(in: "acme/app")
            let config: JSONValue = ["number": 1, "workflow": "build"]
            fake.change("acme/app", 1) { $0.workflows[0].state = "success" }
            let wait = try await bench.parkAndRead(.waitBuild, config).parked
            fake.change("acme/app", 1) { $0.workflows[1].state = "failure" }
            let got = try await bench.read(wait).failure
            #expect(got.output?["workflow"] == "build")
        }
    }

    @Test func `a workflow that never reports after a cancel ends with its pipeline`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app")
            let moment = bench.clock.now
            fake.change("acme/app", 1) {
                $0.status = "killed"; $0.finished = moment
            }
            bench.clock.advance(.seconds(60))
            for config in [["number": 1, "workflow": "build"], ["number": 1, "step": "test"]] as [JSONValue] {
                let failure = try await bench.parkAndRead(.waitBuild, config).failure
                #expect(failure.output?["status"] == "killed")
            }
        }
    }

    // MARK: By commit
}
