import SagaCore
import TestSupport
import Testing
import Webhooks

/// `wait_build` beside a Woodpecker whose API decides.
@Suite(.timeLimit(.minutes(2))) struct BuildStoryTests {
    static func with(_ body: @Sendable (Receiver, FakeWoodpecker) async throws -> Void) async throws {
        try await withFakeWoodpecker { fake in
            fake.addRepo("octo/app", workflows: [("build", ["clone", "test"]), ("lint", ["run"])])
            try await Programs.withFolder { folder in
                let settings = [
                    "SAGA_WOODPECKER_URL": fake.url, "SAGA_WOODPECKER_TOKEN": "t0ken",
                    "SAGA_RECONCILE_INTERVAL": "1s", "SAGA_WEBHOOK_GITLAB_SECRET": "gitlab-token",
                ]
                try await Receiver.with(store: folder, settings) { try await body($0, fake) }
            }
        }
    }

    static func awaiting(_ config: JSONValue) -> JSONValue {
        Definitions.saga("build", [:], Definitions.step("b", "wait_build", config, [:]))
    }

    @Test func aStepsExitCodeAndErrorAreInTheOutput() async throws {
        try await Self.with { receiver, fake in
            let number = try #require(fake.addPipeline(in: "octo/app")?.number)
            let config: [String: JSONValue] = ["repo": "octo/app", "number": .int(number), "step": "test"]
            let strict = try await receiver.start(Self.awaiting(.object(config)))
            let lenient = try await receiver.start(Self.awaiting(.object(config.merging(["expect": "failure"]) { $1 })))
            for id in [strict, lenient] {
                try await receiver.wait(for: id, step: "b", toSay: "step 'test' of pipeline octo/app#\(number)")
            }
            fake.change("octo/app", number) { $0.workflows[0].steps[1].error = "tests failed" }
            fake.set("octo/app", number, workflow: "build", step: "test", "failure", exitCode: 3)
            let failed = try await receiver.waitForEnd(of: strict)
            #expect(failed["status"] == "failed")
            #expect(failed.step("b")?["error"]?.stringValue?.contains("status failure: tests failed") == true)
            let completed = try await receiver.waitForEnd(of: lenient)
            #expect(completed["status"] == "completed")
            for output in [failed.step("b")?["output"], completed["outputs"]?["b"]] {
                #expect(output?["exit_code"] == 3)
                #expect(output?["error"] == "tests failed")
                #expect(output?["step"] == "test")
                #expect(output?["workflow"] == "build")
                #expect(output?["decided_by"] == "api")
            }
        }
    }

    @Test func aWorkflowDecidesWhileItsPipelineStillRuns() async throws {
        try await Self.with { receiver, fake in
            let number = try #require(fake.addPipeline(in: "octo/app")?.number)
            let id = try await receiver.start(
                Self.awaiting(["repo": "octo/app", "number": .int(number), "workflow": "lint"]))
            try await receiver.wait(for: id, step: "b", toSay: "workflow 'lint'")
            fake.set("octo/app", number, workflow: "lint", "success")
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed")
            #expect(saga["outputs"]?["b"]?["workflow"] == "lint")
            #expect(fake.pipeline("octo/app", number)?.status == "running")
            let other = try await receiver.start(
                Self.awaiting(["repo": "octo/app", "number": .int(number), "workflow": "deploy"]))
            try await receiver.wait(for: other, step: "b", toSay: "workflow 'deploy'")
            fake.set("octo/app", number, "success")
            let without = try await receiver.waitForEnd(of: other)
            #expect(without["status"] == "failed")
            #expect(without.step("b")?["error"]?.stringValue?.contains("ended without workflow 'deploy'") == true)
        }
    }

    /// A job of GitLab's own CI, in a repository that this Woodpecker has never heard of.
    @Test func aJobOfTheForgeEndsTheWaitThatWoodpeckerCannotAnswer() async throws {
        try await Self.with { receiver, fake in
            let job = try #require(
                try DeliveryFile.load(.gitlab).first { $0.name == "job-success" })
            let id = try await receiver.start(
                Self.awaiting([
                    "repo": "crew/ships/app", "commit": "4be1d6f0a2c94b7e8f3015dd6a7c2e9b80f41c37", "step": "compile",
                ]),
                origin: ["server": .string(fake.url), "repo": "octo/app"])
            try await receiver.wait(for: id, step: "b", toSay: "Woodpecker does not know crew/ships/app")
            let headers = job.ownHeaders.map { ($0.name, $0.value) } + [("X-Gitlab-Token", "gitlab-token")]
            let posted = try await receiver.send("POST", "/webhooks/gitlab", token: nil, job.body, headers: headers)
            #expect(posted.status == 202)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed")
            #expect(saga["outputs"]?["b"]?["decided_by"] == "gitlab")
        }
    }
}
