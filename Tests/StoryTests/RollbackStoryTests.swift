import FoundationEssentials
import SagaCore
import TestSupport
import Testing

/// Rollback where it is hard: undos that fail, outcomes that nobody knows, deadlines in every state.
@Suite(.timeLimit(.minutes(3))) struct RollbackStoryTests {
    static func with(_ body: @Sendable (Receiver, String) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { try await body($0, folder) }
        }
    }

    @Test func aFailedRollbackIsRetriedToItsEnd() async throws {
        try await Self.with { receiver, folder in
            let log = folder + "/effects.log"
            let repaired = folder + "/repaired"
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, ["compensate": "undo-a"]),
                    Definitions.noting("b", in: log, ["depends_on": ["a"], "compensate": "undo-b"]),
                    Definitions.noting("c", in: log, exit: 1, ["depends_on": ["b"]]),
                    Definitions.noting("undo-a", in: log),
                    Definitions.shell(
                        "undo-b", "test -f \(repaired) && echo undo-b >> \(log)", ["retry_policy": ["max_attempts": 1]])
                ))
            let first = try await receiver.waitForEnd(of: id)
            #expect(first["status"] == "compensation_failed")
            #expect(first.step("undo-a")?["status"] == "pending", "what 'b' stands on is not undone before 'b'")
            for (operation, allowed) in [("cancel", "retry"), ("compensate", "retry"), ("pause", "delete")] {
                OperationStoryTests.expectConflict(
                    try await receiver.operate(operation, id), status: "compensation_failed", allowed: allowed)
            }
            try Files.write("", repaired)
            #expect(try await receiver.operate("retry", id, ["reason": "repaired"]).status == 200)
            let second = try await receiver.waitForEnd(of: id)
            #expect(second["status"] == "compensated")
            #expect(Files.lines(log) == ["a", "b", "c", "undo-b", "undo-a"])
        }
    }

    /// Sent, and no answer: with `attempted` it is undone under the assumption that it happened.
    @Test func anUnknownOutcomeIsUndoneWhereTheDefinitionSaysSo() async throws {
        try await withLoopbackServer({ request in
            request.path == "/deploy" ? .hangUp : .json("{}")
        }) { world in
            try await Self.with { receiver, folder in
                let log = folder + "/effects.log"
                for (rule, status) in [("attempted", "compensated"), ("completed", "failed")] {
                    let saga = try await receiver.run(
                        Definitions.saga(
                            "s", [:],
                            Definitions.api(
                                "deploy", ["url": .string(world.url + "/deploy")],
                                [
                                    "compensate": "undo", "compensate_if": .string(rule),
                                    "retry_policy": ["max_attempts": 2, "initial_delay": "10ms"],
                                ]), Definitions.noting("undo", in: log)))
                    #expect(saga["status"]?.stringValue == status)
                    #expect(saga.step("deploy")?["attempts"]?.arrayValue?.count == 2)
                    #expect(saga.step("deploy")?["attempts"]?[0]?["class"] == "unknown")
                }
                #expect(Files.lines(log) == ["undo"])
            }
        }
    }

    @Test func aDeadlineThatPassesWhileTheSagaWaitsForItsTurnEndsIt() async throws {
        try await Self.with { receiver, _ in
            let concurrency: JSONValue = ["key": "lock"]
            let holder = try await receiver.start(
                Definitions.saga("holder", ["concurrency": concurrency], Definitions.approval("gate")))
            try await receiver.wait(for: holder, step: "gate", toSay: "approval")
            let waiting = try await receiver.run(
                Definitions.saga(
                    "late", ["concurrency": concurrency, "timeout": "300ms"], Definitions.approval("gate")))
            #expect(waiting["status"] == "failed")
            #expect(waiting["error_code"] == "deadline")
            #expect(waiting.stepStatuses == ["pending"])
        }
    }

    /// The deadline is about going forward; a rollback takes the time that it takes.
    @Test func aDeadlineThatPassesDuringTheRollbackChangesNothing() async throws {
        try await Self.with { receiver, folder in
            let log = folder + "/effects.log"
            let saga = try await receiver.run(
                Definitions.saga(
                    "s", ["timeout": "1s"], Definitions.noting("a", in: log, ["compensate": "undo-a"]),
                    Definitions.noting("b", in: log, exit: 1, ["depends_on": ["a"]]),
                    Definitions.shell("undo-a", "sleep 1.5; echo undo-a >> \(log)")))
            #expect(saga["status"] == "compensated")
            #expect(saga["error_code"] == "step_failed")
            #expect(Files.lines(log) == ["a", "b", "undo-a"])
        }
    }

    /// A sibling that still runs when a step fails comes to its own end, is kept, and is undone.
    @Test func aRunningSiblingDrainsAndIsUndone() async throws {
        try await Self.with { receiver, folder in
            let log = folder + "/effects.log"
            let saga = try await receiver.run(
                Definitions.saga(
                    "s", [:],
                    Definitions.shell(
                        "slow", "sleep 1; echo slow >> \(log); echo v=1 >> $SAGA_OUTPUT", ["compensate": "undo-slow"]),
                    Definitions.shell("bad", "sleep 0.3; exit 1", ["retry_policy": ["max_attempts": 1]]),
                    Definitions.noting("after", in: log, ["depends_on": ["slow"]]),
                    Definitions.noting("undo-slow", in: log)))
            #expect(saga["status"] == "compensated")
            #expect(Files.lines(log) == ["slow", "undo-slow"])
            #expect(saga.step("slow")?["output"]?["v"] == "1")
            #expect(saga.step("after")?["status"] == "pending")
        }
    }

    @Test func whatNoLiveExecutorMayRunSaysSo() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder, ["SAGA_ALLOW_SHELL": "false"]) { receiver in
                let id = try await receiver.start(Definitions.saga("s", [:], Definitions.shell("a", "true")))
                let saga = try await receiver.wait(for: id, step: "a", toSay: "executor")
                #expect(saga.step("a")?["waiting_for"]?.stringValue?.contains("SAGA_ALLOW_SHELL") == true)
                // A second one on the same store may: it takes the step over.
                try await Receiver.with(store: folder, ["SAGA_ALLOW_SHELL": "true"]) { second in
                    let ended = try await second.waitForEnd(of: id)
                    #expect(ended["status"] == "completed")
                }
            }
        }
    }
}
