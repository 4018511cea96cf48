import SagaCore
import Testing

/// How sagas go forward and back, through real shells.
@Suite(.timeLimit(.minutes(2))) struct SemanticsStoryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var definition: @Sendable (_ log: String) -> JSONValue
        var vars: JSONValue = [:]
        var status: String
        var errorCode: JSONValue = .null
        var effects: [String]
        /// Words of the saga's error.
        var error = ""
    }

    private static let attempted: JSONValue = ["compensate": "undo-a", "compensate_if": "attempted"]

    static let cases: [Case] = [
        Case(
            testDescription: "when matches a glob",
            definition: { log in
                Definitions.saga(
                    "s", ["vars": ["environment": "prod-eu"]],
                    Definitions.noting("a", in: log, ["when": ["environment": ["staging", "prod-*"]]]),
                    Definitions.noting("b", in: log, ["depends_on": ["a"]]))
            }, status: "completed", effects: ["a", "b"]),
        Case(
            testDescription: "when matches nothing, and dependants run",
            definition: { log in
                Definitions.saga(
                    "s", ["vars": ["environment": "prod-eu"]],
                    Definitions.noting("a", in: log, ["when": ["environment": ["staging"]]]),
                    Definitions.noting("b", in: log, ["depends_on": ["a"]]))
            }, status: "completed", effects: ["b"]),
        Case(
            testDescription: "continue_on_failure",
            definition: { log in
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, exit: 1, ["continue_on_failure": true]),
                    Definitions.noting("b", in: log, ["depends_on": ["a"]]))
            }, status: "completed", effects: ["a", "b"]),
        Case(
            testDescription: "on_failure: stop",
            definition: { log in
                Definitions.saga(
                    "s", ["on_failure": "stop"], Definitions.noting("a", in: log, ["compensate": "undo-a"]),
                    Definitions.noting("b", in: log, exit: 3, ["depends_on": ["a"]]),
                    Definitions.noting("undo-a", in: log))
            }, status: "failed", errorCode: "step_failed", effects: ["a", "b"], error: "exited with 3"),
        Case(
            testDescription: "a passed pivot",
            definition: { log in
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, ["compensate": "undo-a"]),
                    Definitions.noting("b", in: log, ["depends_on": ["a"], "pivot": true]),
                    Definitions.noting("c", in: log, exit: 1, ["depends_on": ["b"]]),
                    Definitions.noting("undo-a", in: log))
            }, status: "failed", errorCode: "step_failed", effects: ["a", "b", "c"], error: "'b'"),
        Case(
            testDescription: "undo of what was only attempted",
            definition: { log in
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, exit: 1, attempted),
                    Definitions.noting("undo-a", in: log))
            }, status: "compensated", errorCode: "step_failed", effects: ["a", "undo-a"]),
        Case(
            testDescription: "a failed undo stops those below it and no other",
            definition: { log in
                Definitions.saga(
                    "s", [:], Definitions.noting("a", in: log, ["compensate": "undo-a"]),
                    Definitions.noting("x", in: log, ["depends_on": ["a"], "compensate": "undo-x"]),
                    Definitions.noting("b", in: log, ["depends_on": ["x"], "compensate": "undo-b"]),
                    Definitions.noting("other", in: log, ["depends_on": ["b"], "compensate": "undo-other"]),
                    Definitions.noting("fails", in: log, exit: 1, ["depends_on": ["other"]]),
                    Definitions.noting("undo-a", in: log), Definitions.noting("undo-x", in: log, exit: 1),
                    Definitions.noting("undo-b", in: log), Definitions.noting("undo-other", in: log))
            }, status: "compensation_failed", errorCode: "step_failed",
            effects: ["a", "x", "b", "other", "fails", "undo-other", "undo-b", "undo-x"]),
        Case(
            testDescription: "a step's timeout",
            definition: { _ in Definitions.saga("s", [:], Definitions.shell("a", "sleep 600", ["timeout": "300ms"])) },
            status: "failed", errorCode: "step_failed", effects: [], error: "timed out after 300ms"),
        Case(
            testDescription: "the saga's deadline rolls back",
            definition: { log in
                Definitions.saga(
                    "s", ["timeout": "1s"], Definitions.noting("a", in: log, ["compensate": "undo-a"]),
                    Definitions.approval("gate", [:], ["depends_on": ["a"]]), Definitions.noting("undo-a", in: log))
            }, status: "compensated", errorCode: "deadline", effects: ["a", "undo-a"], error: "deadline of 1s"),
        Case(
            testDescription: "no attempt that would start after the deadline",
            definition: { log in
                Definitions.saga(
                    "s", [:],
                    Definitions.noting(
                        "a", in: log, exit: 1,
                        ["timeout": "30s", "retry_policy": ["max_attempts": 3, "initial_delay": "40s"]]))
            }, status: "failed", errorCode: "step_failed", effects: ["a"], error: "no time for another attempt"),
        Case(
            testDescription: "sleep until a time that is past",
            definition: { _ in
                Definitions.saga(
                    "s", [:], Definitions.step("a", "sleep", ["until": "2020-01-01T00:00:00+02:00"], [:]),
                    Definitions.step("b", "sleep", ["duration": "20ms"], ["depends_on": ["a"]]))
            }, status: "completed", effects: []),
        Case(
            testDescription: "a missing value fails its step at once",
            definition: { log in
                Definitions.saga(
                    "s", [:],
                    Definitions.shell("a", "echo {{ ci.CI_NOBODY | sh }} >> \(log)", ["retry_policy": [:]]))
            }, status: "failed", errorCode: "step_failed", effects: [], error: "ci.CI_NOBODY has no value"),
    ]

    @Test(arguments: cases) func aSagaEndsAsItsDefinitionSays(_ story: Case) async throws {
        try await Programs.withFolder { folder in
            let log = folder + "/effects.log"
            try await Receiver.with(store: folder) { receiver in
                let saga = try await receiver.run(story.definition(log), vars: story.vars)
                #expect(saga["status"]?.stringValue == story.status)
                #expect(saga["error_code"] == story.errorCode)
                let error = saga["error"]?.stringValue ?? ""
                #expect(story.error.isEmpty ? true : error.contains(story.error), "\(error)")
                #expect(Files.lines(log) == story.effects)
            }
        }
    }

    /// Each of the two undos waits for the other one to have begun.
    @Test func parallelCompensationRunsIndependentBranchesAtOnce() async throws {
        try await Programs.withFolder { folder in
            let log = folder + "/effects.log"
            func meeting(_ own: String, _ other: String) -> JSONValue {
                Definitions.shell(
                    "undo-\(own)",
                    "touch \(folder)/\(own); until [ -e \(folder)/\(other) ]; do :; done; echo undo >> \(log)",
                    ["timeout": "30s"])
            }
            let definition = Definitions.saga(
                "s", ["compensation": "parallel"], Definitions.noting("base", in: log, ["compensate": "undo-base"]),
                Definitions.shell("left", "true", ["depends_on": ["base"], "compensate": "undo-left"]),
                Definitions.shell("right", "true", ["depends_on": ["base"], "compensate": "undo-right"]),
                Definitions.noting("fails", in: log, exit: 1, ["depends_on": ["left", "right"]]),
                Definitions.noting("undo-base", in: log), meeting("left", "right"), meeting("right", "left"))
            try await Receiver.with(store: folder) { receiver in
                let saga = try await receiver.run(definition)
                #expect(saga["status"] == "compensated")
                #expect(Files.lines(log) == ["base", "fails", "undo", "undo", "undo-base"])
            }
        }
    }
}
