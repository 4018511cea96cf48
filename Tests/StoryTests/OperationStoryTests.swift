import SagaCore
import Testing

/// What operators do to sagas, over the API.
@Suite(.timeLimit(.minutes(2))) struct OperationStoryTests {
    static let tokens = "ops:operate:\(Receiver.token),ann:operate:ann-token,root:admin:top"

    static func with(_ body: @Sendable (Receiver, String) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder, ["SAGA_TOKENS": tokens]) { receiver in
                try await body(receiver, folder + "/effects.log")
            }
        }
    }

    static func expectConflict(_ answer: Receiver.Answer, status: String, allowed: String) {
        #expect(answer.status == 409, "\(answer.text)")
        #expect(answer.json["saga_status"]?.stringValue == status)
        #expect(answer.json["allowed"]?.arrayValue?.contains(.string(allowed)) == true, "\(answer.text)")
        #expect(answer.json["detail"]?.stringValue?.isEmpty == false)
    }

    @Test func aConflictNamesTheStatusAndWhatIsAllowed() async throws {
        try await Self.with { receiver, _ in
            let id = try await receiver.start(
                Definitions.saga("s", [:], Definitions.approval("a"), Definitions.approval("b")))
            try await receiver.wait(for: id, step: "a", toSay: "approval")
            try await receiver.wait(for: id, step: "b", toSay: "approval")
            Self.expectConflict(try await receiver.operate("retry", id), status: "running", allowed: "cancel")
            #expect(try await receiver.operate("approve", id, step: "a").status == 200)
            let twice = try await receiver.operate("approve", id, step: "a")
            Self.expectConflict(twice, status: "running", allowed: "cancel")
            #expect(twice.json["step_status"] == "completed")
            #expect(try await receiver.operate("pause", id, ["reason": "lunch"]).status == 200)
            let paused = try await receiver.operate("pause", id)
            Self.expectConflict(paused, status: "running", allowed: "resume")
            #expect(paused.json["paused"] == true)
            #expect(try await receiver.operate("resume", id).status == 200)
            Self.expectConflict(try await receiver.operate("resume", id), status: "running", allowed: "pause")
            Self.expectConflict(
                try await receiver.send("DELETE", "/api/v1/sagas/\(id)"), status: "running", allowed: "kill")
            #expect(try await receiver.operate("cancel", id, ["reason": "enough"]).status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "failed")
            #expect(saga["error_code"] == "cancelled")
            Self.expectConflict(try await receiver.operate("cancel", id), status: "failed", allowed: "retry")
            #expect(try await receiver.operate("skip", id, step: "nobody").status == 404)
        }
    }

    @Test func approversBindEverybody() async throws {
        try await Self.with { receiver, _ in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.approval("gate", ["approvers": ["ann", "bob"], "message": "ship?"])))
            try await receiver.wait(for: id, step: "gate", toSay: "ship?")
            for token in [Receiver.token, "top"] {
                for operation in ["approve", "reject", "complete", "fail", "skip"] {
                    let answer = try await receiver.operate(operation, id, step: "gate", token: token)
                    #expect(answer.status == 403, "\(operation) by \(token)")
                }
            }
            #expect(try await receiver.saga(id)["status"] == "running")
            let approved = try await receiver.operate(
                "approve", id, step: "gate", token: "ann-token", ["comment": "go"])
            #expect(approved.status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["outputs"]?["gate"]?["approved_by"] == "ann")
            #expect(saga["outputs"]?["gate"]?["comment"] == "go")
        }
    }

    @Test func aRejectionFailsTheStepForGoodAndNamesTheReason() async throws {
        try await Self.with { receiver, log in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, ["compensate": "undo"]),
                    Definitions.approval("gate", [:], ["depends_on": ["a"], "retry_policy": ["max_attempts": 5]]),
                    Definitions.noting("undo", in: log)))
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            #expect(try await receiver.operate("reject", id, step: "gate", ["reason": "too late"]).status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "compensated")
            #expect(saga.step("gate")?["error"]?.stringValue?.contains("too late") == true)
            #expect(saga.step("gate")?["retry_count"] == 0)
            #expect(Files.lines(log) == ["a", "undo"])
        }
    }

    @Test func killNeedsAReasonAndLeavesTheRestToRetryAndCompensate() async throws {
        try await Self.with { receiver, log in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, ["compensate": "undo"]),
                    Definitions.shell("hang", "sleep 600", ["depends_on": ["a"]]),
                    Definitions.noting("undo", in: log)))
            try await receiver.wait(for: id, step: "hang", toSay: "runs attempt 1")
            for body: JSONValue in [[:], ["reason": ""]] {
                #expect(try await receiver.operate("kill", id, body).status == 400)
            }
            let killed = try await receiver.operate("kill", id, ["reason": "it hangs"])
            #expect(killed.status == 200)
            #expect(killed.json["status"] == "failed")
            #expect(killed.json["error_code"] == "killed")
            #expect(killed.json["error"]?.stringValue?.contains("it hangs") == true)
            #expect(killed.json.stepStatuses == ["completed", "failed", "pending"])
            #expect(try await receiver.operate("compensate", id).status == 200)
            #expect(try await receiver.waitForEnd(of: id)["status"] == "compensated")
            #expect(Files.lines(log) == ["a", "undo"])
        }
    }

    @Test func skippedCountsAsCompletedForDependants() async throws {
        try await Self.with { receiver, log in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.approval("gate", [:], ["compensate": "undo"]),
                    Definitions.noting("after", in: log, ["depends_on": ["gate"]]),
                    Definitions.noting("undo", in: log)))
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            #expect(try await receiver.operate("skip", id, step: "gate", ["reason": "holiday"]).status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed")
            #expect(saga.stepStatuses == ["skipped", "completed", "pending"])
            #expect(Files.lines(log) == ["after"])
        }
    }

    /// The pause is longer than every deadline of the saga.
    @Test func aPauseMovesTheDeadlinesAndKeepsApprovals() async throws {
        try await Self.with { receiver, log in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", ["timeout": "5s"], Definitions.approval("gate", [:], ["timeout": "4s"]),
                    Definitions.noting("after", in: log, ["depends_on": ["gate"]])))
            let before = try await receiver.wait(for: id, step: "gate", toSay: "approval")
            #expect(try await receiver.operate("pause", id).status == 200)
            // A saga that sleeps for longer than the other one's deadlines is the clock here.
            let clock = Definitions.saga("clock", [:], Definitions.step("s", "sleep", ["duration": "5500ms"], [:]))
            #expect(try await receiver.run(clock)["status"] == "completed")
            let paused = try await receiver.saga(id)
            #expect(paused["status"] == "running")
            #expect(paused["paused"] == true)
            #expect(try await receiver.operate("approve", id, step: "gate").status == 200)
            #expect(try await receiver.saga(id).step("after")?["status"] == "pending", "nothing new starts")
            #expect(try await receiver.operate("resume", id).status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
            #expect((saga["deadline"]?.stringValue ?? "") > (before["deadline"]?.stringValue ?? ""))
            #expect(Files.lines(log) == ["after"])
        }
    }

    @Test func oneLiveSagaPerConcurrencyKey() async throws {
        try await Self.with { receiver, _ in
            func definition(_ policy: String) -> JSONValue {
                Definitions.saga(
                    "s",
                    [
                        "vars": ["environment": "staging"],
                        "concurrency": ["key": "deploy/{{ vars.environment }}", "policy": .string(policy)],
                    ], Definitions.approval("gate"))
            }
            let first = try await receiver.start(definition("queue"))
            try await receiver.wait(for: first, step: "gate", toSay: "approval")
            let second = try await receiver.start(definition("queue"))
            let waiting = try await receiver.saga(second)
            #expect(waiting["status"] == "pending")
            #expect(waiting["waiting_for"]?.stringValue?.contains("'deploy/staging', held by saga \(first)") == true)
            let other = try await receiver.start(definition("queue"), vars: ["environment": "production"])
            try await receiver.wait(for: other, step: "gate", toSay: "approval")
            let refused = try await receiver.send("POST", "/api/v1/sagas", ["definition": definition("reject")])
            #expect(refused.status == 409)
            #expect(refused.json["detail"]?.stringValue?.contains(first) == true)
            #expect(try await receiver.operate("approve", first, step: "gate").status == 200)
            try await receiver.wait(for: second, step: "gate", toSay: "approval")
            let third = try await receiver.start(definition("supersede"))
            let superseded = try await receiver.waitForEnd(of: second)
            #expect(superseded["error_code"] == "superseded")
            try await receiver.wait(for: third, step: "gate", toSay: "approval")
            #expect(try await receiver.saga(other)["status"] == "running")
        }
    }

    @Test func aRetryTakesNewVarsAndEndsAtMaxRetriesUnlessForced() async throws {
        try await Self.with { receiver, log in
            let definition = Definitions.saga(
                "s", ["max_retries": 1, "vars": ["code": 1]],
                Definitions.shell(
                    "a", "echo {{ step.idempotency_key | sh }} >> \(log); exit {{ vars.code | sh }}",
                    ["retry_policy": ["max_attempts": 1]]))
            let id = try await receiver.start(definition)
            #expect(try await receiver.waitForEnd(of: id)["status"] == "failed")
            #expect(try await receiver.operate("retry", id).status == 200)
            let failed = try await receiver.waitForEnd(of: id)
            #expect(failed["retry_count"] == 1)
            let path = "/api/v1/sagas/\(id)"
            #expect(try await receiver.send("PATCH", path, ["vars": ["cood": 0]]).status == 400)
            #expect(try await receiver.send("PATCH", path, [:]).status == 400)
            #expect(try await receiver.send("PATCH", path, ["vars": ["code": 0]]).status == 200)
            Self.expectConflict(try await receiver.operate("retry", id), status: "failed", allowed: "compensate")
            #expect(try await receiver.operate("retry", id, ["force": true]).status == 200)
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed")
            #expect(saga["retry_count"] == 2)
            #expect(saga["error"] == .null)
            #expect(saga["error_code"] == .null)
            #expect(Files.lines(log) == ["\(id)/a/1", "\(id)/a/2", "\(id)/a/3"])
        }
    }
}
