import SagaActions
import SagaCore
import TestSupport
import Testing

/// Waits that are decided by a read of the Woodpecker API.
@Suite struct PipelineReadTests {
    static let link = "https://ci.example/ci/repos/1/pipeline/1"
    static let two: [(name: String, steps: [String])] = [("build", ["compile", "test"]), ("lint", ["check"])]

    @Test func `a pipeline that succeeds completes the wait`() async throws {
        try await withWoodpecker { bench, fake in
            let run = try #require(
                fake.addPipeline(in: "acme/app") {
                    $0.commit = "abc"; $0.branch = "next"
                })
            let parked = try await bench.run(.waitPipeline, ["number": 1]).parked
            let waiting = try await bench.read(parked).parked
            #expect(waiting.seen == "running, \(Self.link)")
            let next = try #require(waiting.nextRead)
            #expect(next >= bench.clock.now + .seconds(15) && next < bench.clock.now + .seconds(45))
            #expect(waiting.since == parked.since)
            bench.clock.advance(.seconds(60))
            fake.set("acme/app", 1, "success")
            let output = try await bench.read(waiting).succeeded
            #expect(
                output == [
                    "number": 1, "id": .int(run.id), "status": "success", "url": .string(Self.link), "commit": "abc",
                    "branch": "next", "event": "push", "started_at": .string(Build.start.description),
                    "finished_at": .string((Build.start + .seconds(60)).description), "decided_by": "api",
                    "restarts": 0,
                ])
        }
    }

    @Test(arguments: ["failure", "error", "killed", "canceled", "declined"])
    func `a pipeline that ends otherwise fails the wait for good`(status: String) async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: status) { if status == "error" { $0.errors = ["bad yaml"] } }
            let failure = try await bench.parkAndRead(.waitPipeline, ["number": 1]).failure
            #expect(failure.class == .permanent)
            let reasons = ["error": ": bad yaml", "killed": ": nobody cancelled it, so most likely its timeout passed"]
            let reason = reasons[status] ?? ""
            #expect(failure.message == "pipeline acme/app#1 ended with status \(status)\(reason) (\(Self.link))")
            #expect(failure.output?["status"] == .string(status))
        }
    }

    @Test(arguments: [
        ("failure", ["failure", "error"], true), ("success", ["failure"], false), ("killed", ["killed"], true),
    ])
    func `expect says which ends are good`(status: String, expect: [String], good: Bool) async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: status)
            let outcome = try await bench.parkAndRead(
                .waitPipeline, ["number": 1, "expect": .array(expect.map { .string($0) })])
            if good {
                let got = try outcome.succeeded
                #expect(got["status"] == .string(status))
            } else {
                let got2 = try outcome.failure
                #expect(got2.class == .permanent)
            }
        }
    }

    @Test(arguments: ["created", "pending", "running", "mystery"])
    func `what is not over goes on`(status: String) async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: status)
            let got = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked
            #expect(got.seen == "\(status), \(Self.link)")
        }
    }

    @Test func `a blocked pipeline says where it is approved`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app", status: "blocked")
            let seen = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked.seen
            #expect(seen == "blocked: it waits for approval at \(Self.link)")
        }
    }

    @Test func `after a cancel its parts are waited for, but not for ever`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app")
            let moment = bench.clock.now
            fake.change("acme/app", 1) {
                $0.status = "killed"; $0.finished = moment
            }
            let wait = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked
            #expect(wait.nextRead == bench.clock.now + .seconds(2))
            bench.clock.advance(.seconds(31))
            let got = try await bench.read(wait).failure
            #expect(got.output?["status"] == "killed")
        }
    }

    // MARK: Workflows and steps

    @Test func `a wait by commit takes its newest pipeline, narrowed by branch and event`() async throws {
        try await withWoodpecker { bench, fake in
            let config: JSONValue = ["commit": "abcdef1", "branch": "main", "event": "push"]
            let wait = try await bench.parkAndRead(.waitPipeline, config).parked
            #expect(wait.seen == "no such pipeline yet")
            fake.addPipeline(in: "acme/app", status: "failure") { $0.commit = "abcdef1234" }
            fake.addPipeline(in: "acme/app", status: "success") { $0.commit = "abcdef1234" }
            fake.addPipeline(in: "acme/app", status: "failure") {
                $0.commit = "abcdef1234"; $0.branch = "next"
            }
            fake.addPipeline(in: "acme/app", status: "failure", event: "tag") { $0.commit = "abcdef1234" }
            fake.addPipeline(in: "acme/app", status: "failure") { $0.commit = "abcdee1234" }
            let got = try await bench.read(wait).succeeded
            #expect(got["number"] == 2)
        }
    }

    // MARK: Trouble

    @Test func `a server that fails or cannot be reached postpones the read and says so`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app")
            let wait = try await bench.run(.waitPipeline, ["number": 1]).parked
            fake.fail(.list, .answer(502, "bad gateway"))
            let (until, reason) = try await bench.read(wait).postponed
            #expect(until >= bench.clock.now + .seconds(15) && until < bench.clock.now + .seconds(45))
            #expect(reason.contains("502"))
            fake.fail(.lookup, .answer(503, "", headers: [("Retry-After", "90")]))
            let got = try await bench.read(wait).postponed
            #expect(got.until == bench.clock.now + .seconds(90))
            fake.setDown(true)
            for _ in 1...5 { _ = try await bench.read(wait).postponed }
            let held = try await bench.read(wait).postponed
            #expect(held.reason.contains("failed repeatedly"))
            fake.setDown(false)
            bench.clock.advance(.seconds(31))
            let got2 = try await bench.read(wait).parked
            #expect(got2.seen == "running, \(Self.link)")
        }
    }

    @Test func `what is not there fails the wait for good`() async throws {
        try await withWoodpecker { bench, fake in
            let got = try await bench.parkAndRead(.waitPipeline, ["number": 4]).failure
            #expect(got.class == .permanent)
            let failure = try await bench.parkAndRead(.waitPipeline, ["number": 4, "repo": "no/such"]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("not found, or the token may not see it"))
        }
    }

    @Test func `a token that is refused postpones the read until somebody mends it`() async throws {
        try await withWoodpecker(token: "wrong") { bench, fake in
            fake.change("acme/app") { $0.isPrivate = true }
            fake.addPipeline(in: "acme/app", status: "success")
            let reason = try await bench.parkAndRead(.waitPipeline, ["number": 1]).postponed.reason
            #expect(reason.contains("does not accept the token"))
        }
    }

    @Test func `another server's pipeline is not asked for here`() async throws {
        try await withWoodpecker { bench, fake in
            var bench = bench
            bench.origin = Origin(ci: ["CI_REPO": "acme/app", "CI_SYSTEM_URL": "https://other.example"])
            fake.addPipeline(in: "acme/app", status: "success")
            _ = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked
            #expect(fake.requests.isEmpty)
        }
    }

    @Test func `a number that was given to another pipeline is not the awaited one`() async throws {
        try await withWoodpecker { bench, fake in
            fake.addPipeline(in: "acme/app")
            let wait = try await bench.parkAndRead(.waitPipeline, ["number": 1]).parked
            fake.delete("acme/app", 1)
            fake.addPipeline(in: "acme/app", status: "success")
            let failure = try await bench.read(wait).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("deleted"))
        }
    }
}
