import SagaClient
import SagaCore
import Testing

@testable import saga_plugin

@Suite("Progress")
struct ProgressTests {
    private static func entry(
        _ kind: String, _ second: Int, step: String? = nil, actor: String? = nil, data: JSONValue = [:]
    ) -> JSONValue {
        [
            "id": .int(Int64(second)), "at": .string("2026-03-01T10:00:0\(second).000Z"), "kind": .string(kind),
            "step": step.map(JSONValue.string) ?? .null, "actor": actor.map(JSONValue.string) ?? .null,
            "reason": .null, "data": data,
        ]
    }

    @Test("a line has time, step, status, duration and attempt")
    func lines() {
        var progress = Progress(steps: ["build", "deploy"])
        let story = [
            Self.entry("saga_created", 0, actor: "ada"),
            Self.entry("step_started", 1, step: "build"),
            Self.entry("attempt_failed", 2, step: "build", data: ["attempt": 1, "error": "exit\ncode 1"]),
            Self.entry("late_result", 2, step: "build"),
            Self.entry("step_completed", 4, step: "build", data: ["attempt": 2]),
            Self.entry("new_kind", 5, step: "deploy"),
            Self.entry("saga_completed", 6),
        ]
        #expect(
            story.compactMap { progress.line($0) } == [
                "10:00:00  (saga)  created       -         -  by ada",
                "10:00:01  build   running       -         attempt 1",
                "10:00:02  build   retrying      1s        attempt 1  exit code 1",
                "10:00:04  build   completed     3s        attempt 2",
                "10:00:05  deploy  new_kind      -         -",
                "10:00:06  (saga)  completed     6s        -",
            ])
    }

    @Test("only a late result is silent", arguments: JournalEntry.Kind.allCases)
    func kinds(kind: JournalEntry.Kind) {
        var progress = Progress(steps: ["a"])
        let line = progress.line(Self.entry(kind.rawValue, 1, step: "a"))
        #expect((line == nil) == (kind == .lateResult))
    }

    @Test("on failure the step's error and what was rolled back are told")
    func failure() {
        let saga: JSONValue = [
            "error": "step 'deploy' failed: boom", "error_code": "step_failed",
            "steps": [
                ["name": "build", "status": "completed", "role": "forward", "compensate": "unbuild"],
                ["name": "deploy", "status": "failed", "role": "forward", "error": "boom"],
                ["name": "lint", "status": "failed", "role": "forward", "error": "untidy"],
                ["name": "unbuild", "status": "completed", "role": "compensation"],
            ],
        ]
        #expect(
            SagaText.failure(saga) == [
                "error: step 'deploy' failed: boom [step_failed]", "step 'lint' failed: untidy",
                "rolled back: build (by unbuild)",
            ])
    }

    @Test("a problem's line has what is known of it")
    func problem() {
        let problem: JSONValue = [
            "message": "unknown key 'nam'", "line": 3, "column": 5, "path": "steps[0].nam", "suggestion": "name",
        ]
        #expect(
            SagaText.problem(problem, in: "saga.yaml")
                == "saga.yaml:3:5: unknown key 'nam' (steps[0].nam) — did you mean 'name'?")
        #expect(SagaText.problem(["message": "no", "path": "vars.x"], in: nil) == "no (vars.x)")
    }
}
