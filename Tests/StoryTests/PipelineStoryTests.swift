import SagaCore
import TestSupport
import Testing

/// What pipelines come to, through the real receiver: approvals, decisions of people, and hosts that do not answer.
@Suite(.timeLimit(.minutes(3))) struct PipelineStoryTests {
    @Test func aBlockedPipelineIsShownWithItsLinkAndGoesOnWhenItIsApproved() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "blocked")
            let id = try await receiver.start(RestartStoryTests.waiting)
            let saga = try await receiver.wait(for: id, step: "w", toSay: "blocked")
            let sentence = try #require(saga["waiting_for"]?.stringValue)
            #expect(
                sentence.contains("it waits for approval at https://ci.example.com/repos/1/pipeline/1"), "\(sentence)")
            fake.set("octo/app", 1, "success")
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
        }
    }

    @Test(arguments: ["killed", "canceled", "declined"])
    func whatPeopleEndedIsNotTriedAgain(word: String) async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.change("octo/app") { $0.endings = [word] }
            let saga = try await receiver.run(
                Definitions.saga("deploy", [:], Definitions.step("run", "run_pipeline", ["repo": "octo/app"], [:])))
            #expect(saga["status"] == "failed")
            #expect(saga["error"]?.stringValue?.contains("ended with status \(word)") == true)
            #expect(saga.step("run")?["retry_count"] == 0)
            #expect(fake.count(.create) == 1 && fake.count(.restart) == 0 && fake.count(.cancel) == 0)
        }
    }

    @Test func whatFailedByItselfIsRestartedByTheRetryPolicy() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.change("octo/app") { $0.endings = ["failure", "error", "success"] }
            let saga = try await receiver.run(
                Definitions.saga(
                    "deploy", [:],
                    Definitions.step(
                        "run", "run_pipeline", ["repo": "octo/app"], ["retry_policy": ["initial_delay": "10ms"]])))
            #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
            #expect(saga["outputs"]?["run"]?["number"] == 3)
            #expect(saga["outputs"]?["run"]?["restarts"] == 2)
            #expect(fake.pipelines("octo/app").map(\.parent) == [0, 1, 2])
        }
    }

    /// The newest pipeline was deleted and its number given to another one: that one decides nothing.
    @Test func aNumberThatWasGivenAgainDoesNotEndTheWait() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "running")
            let id = try await receiver.start(RestartStoryTests.waiting)
            try await receiver.wait(for: id, step: "w", toSay: "running")
            fake.delete("octo/app", 1)
            fake.addPipeline(in: "octo/app", status: "success")
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "failed")
            #expect(saga["error"]?.stringValue?.contains("was deleted") == true, "\(saga["error"]?.text ?? "")")
        }
    }

    /// A superseded pipeline is somebody's decision too; it is not a restart, so the newer one is not followed.
    @Test func aSupersededPipelineFailsTheWaitAndNamesTheNewerOne() async throws {
        try await Receiver.withWoodpecker { receiver, fake, _ in
            fake.addPipeline(in: "octo/app", status: "running")
            let id = try await receiver.start(RestartStoryTests.waiting)
            try await receiver.wait(for: id, step: "w", toSay: "running")
            fake.supersede("octo/app", 1)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "failed")
            #expect(
                saga["error"]?.stringValue?.contains("killed: superseded by pipeline 2") == true,
                "\(saga["error"]?.text ?? "")")
        }
    }

    @Test(arguments: ["killed", "canceled", "declined", "error"])
    func withoutATokenAStoppedPipelineEndsAWaitForItsWorkflows(word: String) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let id = try await receiver.start(
                    Definitions.saga(
                        "waiting", [:],
                        Definitions.step(
                            "w", "wait_pipeline",
                            ["repo": "octo/app", "number": 1, "workflows": ["build", "deploy"]], [:])))
                for (kind, status) in [("workflow", "running"), ("pipeline", word)] {
                    let signal: JSONValue = [
                        "kind": .string(kind), "server": "https://ci.example.com", "repo": "octo/app", "number": 1,
                        "status": .string(status), "workflow": "build",
                    ]
                    #expect(try await receiver.send("POST", "/api/v1/signals", signal).status == 202)
                }
                let saga = try await receiver.waitForEnd(of: id)
                #expect(saga["status"] == "failed")
                #expect(saga["error"]?.stringValue?.contains("ended with status \(word)") == true)
            }
        }
    }

    /// Five failures open the circuit; the step is put off, says so, and loses no attempt by it.
    @Test func aStepThatAnOpenCircuitHoldsIsPutOffAndSaysSo() async throws {
        let status = Box()
        status.set("500")
        try await withLoopbackServer { _ in
            LoopbackServer.Response(Int(status.get()) ?? 500)
        } _: { server in
            try await Programs.withFolder { folder in
                try await Receiver.with(store: folder) { receiver in
                    let id = try await receiver.start(
                        Definitions.saga(
                            "call", [:],
                            Definitions.api(
                                "call", ["url": .string(server.url)],
                                ["retry_policy": ["max_attempts": 6, "initial_delay": "10ms"]])))
                    let host = "127.0.0.1:\(server.port)"
                    let held = try await receiver.wait(for: id, step: "call", toSay: "is left alone until")
                    #expect(held.step("call")?["waiting_for"]?.stringValue?.contains(host) == true)
                    #expect(held.step("call")?["retry_count"] == 5)
                    #expect(server.requests.count == 5)
                    let open = try await receiver.send("GET", "/health/circuits", token: nil).json["circuits"]
                    let circuit = open?.arrayValue?.first { $0["host"]?.stringValue == host }
                    #expect(circuit?["state"] == "open")
                    #expect(circuit?["failures"] == 5)
                    #expect(circuit?["next_probe_at"]?.stringValue != nil)
                    status.set("200")
                    let saga = try await receiver.waitForEnd(of: id)
                    #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
                    #expect(saga.step("call")?["retry_count"] == 5, "being put off was no attempt")
                    let changes = { () async throws -> [String?] in
                        let journal = try await receiver.send("GET", "/api/v1/sagas/\(id)/journal?limit=200")
                        return journal.json["entries"]?.arrayValue?.filter { $0["kind"] == "circuit_changed" }
                            .map { $0["data"]?["to"]?.stringValue } ?? []
                    }
                    #expect(
                        try await Pause.until(.seconds(30)) { try await changes() == ["open", "half-open", "closed"] })
                    let closed = try await receiver.send("GET", "/health/circuits", token: nil).json["circuits"]
                    #expect(closed?.arrayValue?.first { $0["host"]?.stringValue == host }?["state"] == "closed")
                }
            }
        }
    }
}
