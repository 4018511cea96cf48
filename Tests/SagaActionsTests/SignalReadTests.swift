import SagaActions
import SagaCore
import TestSupport
import Testing

/// Waits on servers without a token, which signals decide by themselves.
@Suite struct SignalReadTests {
    private func signal(
        _ status: String, workflow: String? = nil, number: Int64 = 1, server: String = "https://ci.example/ci"
    ) -> Signal {
        Signal(
            kind: workflow == nil ? .pipeline : .workflow, server: server, repo: "Acme/App", number: number,
            status: status, workflow: workflow, url: "https://ci.example/ci/repos/1/pipeline/1/1")
    }

    @Test func `the pipeline is done when every workflow that was seen is`() async throws {
        try await withWoodpecker(token: nil) { bench, fake in
            let wait = try await bench.run(.waitPipeline, ["number": 1]).parked
            var signals = [
                signal("pending", workflow: "a"), signal("running", workflow: "b"), signal("success", workflow: "a"),
            ]
            let waiting = try await bench.read(wait, signals).parked
            #expect(waiting.seen == "workflow 'b' is running")
            #expect(waiting.nextRead == nil)
            signals += [signal("success", workflow: "b"), signal("pending", workflow: "a")]
            let output = try await bench.read(wait, signals).succeeded
            #expect(output["status"] == "success" && output["decided_by"] == "gitea" && output["number"] == 1)
            #expect(fake.requests.isEmpty)
        }
    }

    @Test func `a failure waits for the heal window by itself`() async throws {
        try await withWoodpecker(token: nil) { bench, _ in
            let wait = try await bench.run(.waitPipeline, ["number": 1, "heal_window": "1m"]).parked
            let failed = try await bench.read(wait, [signal("failure")]).parked
            #expect(failed.nextRead == Build.start + .seconds(60))
            bench.clock.advance(.seconds(60))
            let got = try await bench.read(failed, [signal("failure")]).failure
            #expect(got.class == .permanent)
        }
    }

    @Test func `signals of other servers, repositories and numbers say nothing`() async throws {
        try await withWoodpecker(token: nil) { bench, _ in
            let wait = try await bench.run(.waitPipeline, ["number": 1]).parked
            var other = signal("success")
            other.repo = "acme/other"
            let foreign = [signal("success", number: 2), signal("success", server: "https://ci.example"), other]
            _ = try await bench.read(wait, foreign).parked
            #expect(
                try await bench.read(wait, foreign + [signal("success", server: "https://CI.example:443/ci/")])
                    .succeeded["status"] == "success")
        }
    }

    @Test func `where there is a token signals do not decide`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app")
            _ = try await bench.parkAndRead(.waitPipeline, ["number": 1], [signal("success")]).parked
        }
    }
}
