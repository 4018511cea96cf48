import SagaCore
import TestSupport
import Testing

/// Every operation by the operator's command, over a receiver and over the store file beside it.
@Suite(.timeLimit(.minutes(3))) struct OperatorStoryTests {
    enum Place: CaseIterable, Sendable { case receiver, store }

    struct Desk {
        let receiver: Receiver
        let folder: String
        let place: Place

        var log: String { folder + "/effects.log" }

        func saga(_ arguments: String...) async throws -> Programs.Result { try await run(arguments) }

        private func run(_ arguments: [String]) async throws -> Programs.Result {
            switch place {
            case .receiver:
                try await Programs.run(
                    "saga", arguments + ["--server", receiver.url], ["SAGA_TOKEN": Receiver.token], in: folder)
            case .store:
                try await Programs.run(
                    "saga", arguments + ["--store", folder + "/saga.db"], ["USER": "ops"], in: folder)
            }
        }

        /// Expects an operation to be done.
        func done(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let result = try await run(arguments)
            #expect(result.exitCode == 0, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
        }

        /// A step with an undo, a gate, a pipeline that is awaited, and a last step.
        func start() async throws -> String {
            let wait = Definitions.step(
                "pipe", "wait_pipeline", ["repo": "octo/app", "number": 9], ["depends_on": ["gate"]])
            return try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.noting("work", in: log, ["compensate": "undo"]),
                    Definitions.approval("gate", [:], ["depends_on": ["work"]]), wait,
                    Definitions.noting("last", in: log, ["depends_on": ["pipe"]]),
                    Definitions.noting("undo", in: log)))
        }

        func atGate() async throws -> String {
            let id = try await start()
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            return id
        }

        var effects: [String] { Files.lines(log) }
    }

    static func with(_ place: Place, _ body: @Sendable (Desk) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                try await body(Desk(receiver: receiver, folder: folder, place: place))
            }
        }
    }

    @Test(arguments: Place.allCases)
    func aSagaIsPausedApprovedCompletedRolledBackAndDeleted(place: Place) async throws {
        try await Self.with(place) { desk in
            let id = try await desk.atGate()
            try await desk.done("pause", id, "--reason", "lunch")
            try await desk.done("resume", id)
            try await desk.done("approve", id, "gate", "--reason", "looks good")
            try await desk.receiver.wait(for: id, step: "pipe", toSay: "pipeline octo/app#9")
            try await desk.done("complete", id, "pipe", "--output-json", #"{"status":"success"}"#)
            let ended = try await desk.receiver.waitForEnd(of: id)
            #expect(ended["status"] == "completed")
            #expect(ended.step("pipe")?["output"] == ["status": "success"])
            #expect(ended.step("gate")?["output"]?["comment"] == "looks good")
            try await desk.done("compensate", id, "--reason", "bad version")
            let undone = try await desk.receiver.waitForEnd(of: id)
            #expect(undone["status"] == "compensated")
            #expect(desk.effects == ["work", "last", "undo"])
            let journal = try await desk.saga("journal", id, "--output", "json")
            let entries = try JSONValue(parsing: journal.output)["entries"]?.arrayValue ?? []
            for (kind, reason) in [
                ("paused", "lunch"), ("step_completed", "looks good"), ("compensated", "bad version"),
            ] {
                let entry = entries.first { $0["kind"]?.stringValue == kind && $0["actor"]?.stringValue == "ops" }
                #expect(entry?["reason"]?.stringValue == reason, "\(kind)")
                #expect(entry?["at"]?.stringValue?.hasSuffix("Z") == true)
            }
            try await desk.done("delete", id)
            #expect(try await desk.saga("show", id).exitCode == 1)
        }
    }

    @Test(arguments: Place.allCases)
    func stepsAreRejectedFailedAndSkipped(place: Place) async throws {
        try await Self.with(place) { desk in
            let rejected = try await desk.atGate()
            try await desk.done("reject", rejected, "gate", "--reason", "not today")
            let first = try await desk.receiver.waitForEnd(of: rejected)
            #expect(first["status"] == "compensated")
            #expect(first.step("gate")?["error"]?.stringValue?.contains("not today") == true)

            let failed = try await desk.atGate()
            try await desk.done("skip", failed, "gate")
            try await desk.receiver.wait(for: failed, step: "pipe", toSay: "octo/app#9")
            try await desk.done("fail", failed, "pipe", "--reason", "it hangs")
            let second = try await desk.receiver.waitForEnd(of: failed)
            #expect(second["status"] == "compensated")
            #expect(second.stepStatuses == ["completed", "skipped", "failed", "pending", "completed"])
            #expect(second.step("pipe")?["error"]?.stringValue?.contains("it hangs") == true)
        }
    }

    @Test(arguments: Place.allCases)
    func aSagaIsCancelledKilledAndRetried(place: Place) async throws {
        try await Self.with(place) { desk in
            let cancelled = try await desk.atGate()
            try await desk.done("cancel", cancelled, "--reason", "enough")
            let first = try await desk.receiver.waitForEnd(of: cancelled)
            #expect(first["status"] == "compensated")
            #expect(first["error_code"] == "cancelled")
            let late = try await desk.saga("cancel", cancelled)
            #expect(late.exitCode == 1)
            #expect(late.errors.contains("compensated") && late.errors.contains("delete"), "\(late.errors)")

            let killed = try await desk.atGate()
            let silent = try await desk.saga("kill", killed)
            #expect(silent.exitCode == 2 && silent.errors.contains("reason"), "\(silent.errors)")
            try await desk.done("kill", killed, "--reason", "stuck")
            let second = try await desk.receiver.waitForEnd(of: killed)
            #expect(second["status"] == "failed")
            #expect(second["error_code"] == "killed")
            #expect(second.stepStatuses == ["completed", "failed", "pending", "pending", "pending"])
            try await desk.done("retry", killed)
            try await desk.receiver.wait(for: killed, step: "gate", toSay: "approval")
            try await desk.done("skip", killed, "gate")
            try await desk.receiver.wait(for: killed, step: "pipe", toSay: "octo/app#9")
            try await desk.done("skip", killed, "pipe")
            let third = try await desk.receiver.waitForEnd(of: killed)
            #expect(third["status"] == "completed")
            #expect(third["retry_count"] == 1)
            #expect(third["error_code"] == .null && third["error"] == .null)
            #expect(
                desk.effects == ["work", "undo", "work", "last"], "what was completed before the kill did not run again"
            )
            #expect(try await desk.saga("approve", "nobody", "gate").exitCode == 1)
        }
    }

    @Test(arguments: Place.allCases)
    func variablesOfAPausedSagaAreChanged(place: Place) async throws {
        try await Self.with(place) { desk in
            let id = try await desk.receiver.start(
                Definitions.saga(
                    "s", ["vars": ["who": "world", "times": 1]], Definitions.approval("gate"),
                    Definitions.shell(
                        "greet", "echo {{ vars.who | sh }} {{ vars.times | sh }}", ["depends_on": ["gate"]])))
            try await desk.receiver.wait(for: id, step: "gate", toSay: "approval")
            let early = try await desk.saga("vars", id, "--var", "who=moon")
            #expect(early.exitCode == 1 && early.errors.contains("pause"), "\(early.errors)")
            try await desk.done("pause", id)
            #expect(try await desk.saga("vars", id).exitCode == 2)
            let strange = try await desk.saga("vars", id, "--var", "whom=moon")
            #expect(strange.exitCode == 2 && strange.errors.contains("'whom'"), "\(strange.errors)")
            try await desk.done("vars", id, "--var", "who=moon", "--vars-json", #"{"times": 2}"#, "--reason", "typo")
            try await desk.done("resume", id)
            try await desk.done("approve", id, "gate")
            let ended = try await desk.receiver.waitForEnd(of: id)
            #expect(ended.step("greet")?["output"]?["stdout"] == "moon 2\n")
            let journal = try JSONValue(parsing: try await desk.saga("journal", id, "--output", "json").output)
            let entry = journal["entries"]?.arrayValue?.first { $0["kind"] == "vars_changed" }
            #expect(entry?["reason"] == "typo" && entry?["actor"] == "ops")
        }
    }

    @Test func aStoreIsBackedUpAndCheckedWhileItIsUsed() async throws {
        try await Self.with(.store) { desk in
            let id = try await desk.atGate()
            let copy = desk.folder + "/copy.db"
            #expect(
                try await Programs.run("saga", ["backup", copy, "--store", desk.folder + "/saga.db"], in: desk.folder)
                    .exitCode == 0)
            try await desk.done("approve", id, "gate")
            let check = try await Programs.run("saga", ["check", "--store", copy], in: desk.folder)
            #expect(check.exitCode == 0 && check.output == "ok\n", "\(check.output)\(check.errors)")
            let shown = try await Programs.run(
                "saga", ["show", id, "--store", copy, "--output", "json"], in: desk.folder)
            #expect(try JSONValue(parsing: shown.output).step("gate")?["status"] == "running", "as of the backup")
            #expect(
                try await Programs.run("saga", ["backup", copy, "--store", desk.folder + "/saga.db"], in: desk.folder)
                    .exitCode == 3)
            // The copy is a store like any other: a receiver goes on from there.
            try await Receiver.with(store: desk.folder, ["SAGA_STORE": copy]) { second in
                _ = try await second.operate("approve", id, step: "gate")
                try await second.wait(for: id, step: "pipe", toSay: "octo/app#9")
            }
        }
    }
}
