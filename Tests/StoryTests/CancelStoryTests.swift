import SagaCore
import TestSupport
import Testing

/// The pipeline of a `run_pipeline` step when the saga gives it up.
@Suite(.timeLimit(.minutes(3))) struct CancelStoryTests {
    /// A step with an undo, and then a pipeline.
    static func definition(log: String, _ config: JSONValue = [:], _ more: JSONValue = [:]) -> JSONValue {
        var members = config.objectValue ?? [:]
        members["repo"] = "octo/app"
        return Definitions.saga(
            "deploy", [:], Definitions.noting("first", in: log, ["compensate": "undo"]),
            Definitions.step(
                "run", "run_pipeline", .object(members),
                .object((more.objectValue ?? [:]).merging(["depends_on": ["first"]]) { $1 })),
            Definitions.noting("undo", in: log))
    }

    private static func kinds(_ receiver: Receiver, _ id: String) async throws -> [String] {
        let journal = try await receiver.send("GET", "/api/v1/sagas/\(id)/journal?limit=200").json["entries"]
        return journal?.arrayValue?.compactMap { $0["kind"]?.stringValue } ?? []
    }

    @Test func aCancelledSagaCancelsItsPipelineAndThenUndoes() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            let log = folder + "/effects.log"
            let id = try await receiver.start(Self.definition(log: log))
            try await receiver.wait(for: id, step: "run", toSay: "octo/app#1")
            fake.set("octo/app", 1, "running")
            #expect(try await receiver.operate("cancel", id).status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "compensated")
            #expect(fake.pipeline("octo/app", 1)?.status == "killed")
            #expect(Files.lines(log) == ["first", "undo"])
            let kinds = try await Self.kinds(receiver, id)
            let cancelled = try #require(kinds.firstIndex(of: "pipeline_cancelled"))
            let undo = try #require(kinds.firstIndex(of: "compensation_started"))
            #expect(cancelled < undo)
        }
    }

    @Test func onCancelLeaveKeepsIt() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            let id = try await receiver.start(
                Self.definition(log: folder + "/effects.log", ["on_cancel": "leave"]))
            try await receiver.wait(for: id, step: "run", toSay: "octo/app#1")
            #expect(try await receiver.operate("cancel", id).status == 200)
            #expect(try await receiver.waitForEnd(of: id)["status"] == "compensated")
            #expect(fake.count(.cancel) == 0)
            #expect(fake.pipeline("octo/app", 1)?.status == "pending")
        }
    }

    @Test func aPipelineThatIsJustBeingCreatedIsCancelledToo() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            fake.fail(.create, .hold)
            let id = try await receiver.start(Self.definition(log: folder + "/effects.log"))
            #expect(await Pause.until(.seconds(30)) { fake.pipelines("octo/app").count == 1 })
            #expect(try await receiver.operate("cancel", id).status == 200)
            #expect(fake.count(.cancel) == 0)
            fake.release()
            #expect(try await receiver.waitForEnd(of: id)["status"] == "compensated")
            #expect(fake.pipeline("octo/app", 1)?.status == "canceled")
        }
    }

    @Test func aPipelineWhoseCreationGotNoAnswerIsFoundAndCancelled() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            fake.fail(.create, .dropAfter)
            let id = try await receiver.start(
                Self.definition(log: folder + "/effects.log", [:], ["retry_policy": ["max_attempts": 1]]))
            #expect(try await receiver.waitForEnd(of: id)["status"] == "compensated")
            #expect(fake.pipeline("octo/app", 1)?.status == "canceled")
        }
    }

    @Test func aStepThatTimesOutCancelsItsPipeline() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            let id = try await receiver.start(
                Self.definition(log: folder + "/effects.log", [:], ["timeout": "8s"]))
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["error_code"] == "step_failed")
            #expect(saga["error"]?.stringValue?.contains("timed out after 8s") == true)
            #expect(fake.pipeline("octo/app", 1)?.status == "canceled")
        }
    }

    /// The cancel is a row: neither a server that is down nor a killed receiver loses it.
    @Test func theCancelSurvivesAKillAndAServerThatWasDown() async throws {
        try await withFakeWoodpecker { fake in
            fake.addRepo("octo/app")
            try await Programs.withFolder { folder in
                let log = folder + "/effects.log"
                let ids = Box()
                try await Receiver.with(store: folder, Receiver.woodpecker(fake)) { receiver in
                    let id = try await receiver.start(Self.definition(log: log))
                    try await receiver.wait(for: id, step: "run", toSay: "octo/app#1")
                    fake.setDown(true)
                    #expect(try await receiver.operate("cancel", id).status == 200)
                    let waiting = try await receiver.wait(for: id, step: "run", toSay: "waits for the cancel")
                    #expect(waiting["status"] == "running")
                    ids.set(id)
                    try receiver.kill()
                }
                fake.setDown(false)
                #expect(fake.pipeline("octo/app", 1)?.status == "pending")
                try await Receiver.with(store: folder, Receiver.woodpecker(fake)) { receiver in
                    let saga = try await receiver.waitForEnd(of: ids.get())
                    #expect(saga["status"] == "compensated")
                    #expect(fake.pipeline("octo/app", 1)?.status == "canceled")
                    #expect(Files.lines(log) == ["first", "undo"])
                }
            }
        }
    }
}
