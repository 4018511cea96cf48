import SagaCore
import Testing

/// The plugin's exit codes and what it leaves behind, in both modes.
@Suite(.timeLimit(.minutes(2))) struct PluginStoryTests {
    static let secret = "s3cret-of-a-release"
    static let simple = """
        name: simple
        vars: {version: "1"}
        steps:
          - {name: s, action: shell, config: {command: "echo v={{ vars.version | sh }} >> $SAGA_OUTPUT"}}
        """
    static let gate = "name: gate\nsteps:\n  - {name: g, action: approval}\n"

    /// Runs the body in both modes, with the settings that say where the sagas are.
    static func inBothModes(
        _ body: @Sendable (_ step: PluginStep, _ place: [String: String]) async throws -> Void
    ) async throws {
        try await Programs.withFolder { folder in
            try await body(PluginStep(workspace: folder), ["store": folder + "/shared.db"])
        }
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                try await body(
                    PluginStep(workspace: folder), ["receiver": receiver.url, "token": Receiver.token])
            }
        }
    }

    @Test func waitingToTheEndIsZeroAndLeavesTheOutputFile() async throws {
        try await Self.inBothModes { step, place in
            let settings = place.merging([
                "saga": Self.simple, "wait": "true", "vars": #"{"version": "2"}"#, "output": "out/saga.json",
            ]) { $1 }
            let result = try await step.run(settings)
            #expect(result.exitCode == 0, "\(result.errors)")
            let output = try JSONValue(parsing: try Files.read(step.workspace + "/out/saga.json"))
            #expect(output["status"] == "completed")
            #expect(output["outputs"]?["s"]?["v"] == "2")
            let id = try #require(output["id"]?.stringValue)
            for word in [id, "STEP", "completed"] { #expect(result.output.contains(word), "\(word)") }
            // The same key and content is the same saga; other content is an error and starts nothing.
            let again = try await step.run(settings)
            #expect(again.exitCode == 0)
            #expect(again.output.contains(id))
            let other = try await step.run(settings.merging(["vars": #"{"version": "3"}"#]) { $1 })
            #expect(other.exitCode == 2)
            #expect(other.errors.contains(id))
        }
    }

    @Test func aFailedSagaIsOneAndATimeoutIsFour() async throws {
        try await Self.inBothModes { step, place in
            let failing =
                "name: f\nsteps:\n  - {name: s, action: shell, config: {command: exit 3}, retry_policy: {max_attempts: 1}}\n"
            let failed = try await step.run(
                place.merging(["saga": failing, "wait": "true", "idempotency_key": "f"]) { $1 })
            #expect(failed.exitCode == 1, "\(failed.errors)")
            #expect(failed.output.contains("exited with 3"))
            #expect(try step.output("f")["error_code"] == "step_failed")
            let settings = place.merging([
                "saga": Self.gate, "wait": "true", "timeout": "300ms", "idempotency_key": "g",
            ]) { $1 }
            for _ in 1...2 {
                let timedOut = try await step.run(settings)
                #expect(timedOut.exitCode == 4, "\(timedOut.errors)")
                #expect(timedOut.errors.contains("goes on"))
            }
            let id = try #require(try step.output("gate")["id"]?.stringValue)
            #expect(try step.output("gate")["status"] == "running")
            let approve = place.merging(["action": "approve", "id": id, "step": "g", "reason": "go"]) { $1 }
            #expect(try await step.run(approve).exitCode == 0)
            #expect(try await step.run(approve).exitCode == 1, "an operation that is refused")
            let wait = place.merging(["action": "wait", "id": id]) { $1 }
            #expect(try await step.run(wait).exitCode == 0)
            #expect(try await step.run(wait.merging(["id": "nobody"]) { $1 }).exitCode == 1, "an unknown id")
        }
    }

    @Test func wrongSettingsDefinitionsAndVarsAreTwoAndStoreNothing() async throws {
        try await Self.inBothModes { step, place in
            let cases: [([String: String], [String])] = [
                (
                    ["wait": "perhaps", "timeout": "3", "vars": "[1]", "actoin": "start"],
                    ["wait", "timeout", "vars", "'action'"]
                ),
                (["action": "dance"], ["dance"]), (["saga": "nowhere.yaml"], ["nowhere.yaml"]),
                (["saga": "name: X\nsteps:\n  - {name: a, action: shel}\n"], [":1:7:", ":3:23:", "'shell'"]),
                (["saga": Self.simple, "vars": #"{"verison": "1"}"#], ["verison"]),
                (["saga": "name: v\nvars: {v: null}\nsteps: [{name: a, action: approval}]\n"], ["'v'"]),
                (["saga": Self.simple, "dry_run": "true", "vars": #"{"verison": "1"}"#], ["verison"]),
                (["saga": Self.simple, "store": "a", "receiver": "http://127.0.0.1:1"], ["both"]),
                (["action": "approve", "id": "x"], ["step"]),
            ]
            for (settings, words) in cases {
                let result = try await step.run(place.merging(settings) { $1 })
                #expect(result.exitCode == 2, "\(settings): \(result.output) \(result.errors)")
                for word in words { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
            }
            #expect(!Files.exists(step.workspace + "/.saga"))
        }
    }

    @Test func neitherPlaceOrBothIsTwo() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            for place in [[:], ["receiver": "nowhere"], ["receiver": "http://127.0.0.1:1", "store": "saga.db"]] {
                let result = try await step.run(place.merging(["saga": Self.simple]) { $1 })
                #expect(result.exitCode == 2, "\(place)")
            }
        }
    }

    @Test func validateIsOneForABadDefinitionAndNeedsNoPlace() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            try Files.write(Self.simple, folder + "/saga.yaml")
            try Files.write("name: x\nsteps:\n  - {name: a, action: shel}\n", folder + "/bad.yaml")
            #expect(try await step.run(["action": "validate"]).exitCode == 0)
            let bad = try await step.run(["action": "validate", "saga": "bad.yaml"])
            #expect(bad.exitCode == 1)
            #expect((bad.output + bad.errors).contains("bad.yaml:3:23:"))
            #expect(try await step.run(["action": "validate", "saga": "none.yaml"]).exitCode == 2)
        }
    }

    @Test func whatCannotBeReachedIsThree() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            let down = ["saga": Self.simple, "receiver": "http://127.0.0.1:1", "token": "x", "timeout": "300ms"]
            let start = ContinuousClock.now
            let result = try await step.run(down)
            #expect(result.exitCode == 3)
            #expect(result.errors.contains("http://127.0.0.1:1"))
            #expect(!result.errors.contains(".;"), "\(result.errors)")
            #expect(result.errors.contains("asking again"), "nobody waits without a word: \(result.errors)")
            let secret = try await step.run(down.merging(["secrets": #"{"KEY":"long enough"}"#]) { $1 })
            #expect(secret.errors.contains("SAGA_SECRET_") && !secret.errors.contains("long enough"))
            #expect(ContinuousClock.now - start < .seconds(50), "it waits no longer than 'timeout' says")
            #expect(try await step.run(down.merging(["action": "notify"]) { $1 }).exitCode == 3)
            let missing = try await step.run(["saga": Self.simple, "store": folder + "/none/saga.db"])
            #expect(missing.exitCode == 3)
            #expect(missing.errors.contains(folder + "/none"))
            try Files.write(String(repeating: "no database ", count: 400), folder + "/garbage.db")
            #expect(try await step.run(["saga": Self.simple, "store": folder + "/garbage.db"]).exitCode == 3)
            try await Receiver.with(store: folder) { receiver in
                for token in ["", "wrong", Receiver.reader] {
                    let result = try await step.run([
                        "saga": Self.simple, "receiver": receiver.url, "token": token,
                    ])
                    #expect(result.exitCode == 3, "\(token)")
                }
            }
        }
    }

    @Test func aHeldConcurrencyKeyIsOne() async throws {
        try await Self.inBothModes { step, place in
            let definition = "concurrency: {key: k, policy: reject}\n" + Self.gate
            let settings = place.merging(["saga": definition]) { $1 }
            let held = try await step.run(settings.merging(["idempotency_key": "1"]) { $1 })
            #expect(held.exitCode == 0, "\(held.errors)")
            let refused = try await step.run(settings.merging(["idempotency_key": "2"]) { $1 })
            #expect(refused.exitCode == 1, "\(refused.errors)")
        }
    }

    @Test func dryRunTellsAndStartsNothing() async throws {
        try await Self.inBothModes { step, place in
            let settings = place.merging(["saga": Self.simple, "dry_run": "true", "wait": "true"]) { $1 }
            let result = try await step.run(settings)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("dry run"))
            #expect(!Files.exists(step.workspace + "/.saga"))
            #expect(!Files.exists(step.workspace + "/shared.db"))
        }
    }

    @Test func notifyEndsWaitsOfAWorkflowAndOfAStep() async throws {
        try await Self.inBothModes { step, place in
            let definition = """
                name: both
                steps:
                  - {name: pipeline, action: wait_pipeline, config: {number: 41}}
                  - {name: compile, action: wait_build, config: {number: 41, step: compile}}
                """
            #expect(try await step.run(place.merging(["saga": definition]) { $1 }).exitCode == 0)
            let notify = place.merging(["action": "notify"]) { $1 }
            #expect(try await step.run(notify.merging(["build": "compile"]) { $1 }).exitCode == 0)
            #expect(try await step.run(notify.merging(["status": "failure"]) { $1 }).exitCode == 0)
            let id = try #require(try step.output("both")["id"]?.stringValue)
            let waited = try await step.run(place.merging(["action": "wait", "id": id]) { $1 })
            #expect(waited.exitCode == 1, "the workflow failed")
            let saga = try step.output("both")
            #expect(saga["outputs"]?["compile"]?["status"] == "success")
            #expect(saga["error"]?.stringValue?.contains("octo/app#41") == true)
        }
    }

    @Test func stepsThatStartTogetherAreEachBegunOnce() async throws {
        try await Programs.withFolder { folder in
            let log = folder + "/log"
            let definition = Definitions.saga(
                "together", [:], Definitions.noting("a", in: log), Definitions.noting("b", in: log),
                Definitions.noting("c", in: log))
            let step = PluginStep(workspace: folder)
            let result = try await step.run(["saga": definition.json, "store": folder + "/s.db", "wait": "true"])
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(!result.output.contains("taken over"), "\(result.output)")
            #expect(Files.lines(log).sorted() == ["a", "b", "c"])
        }
    }

    @Test func secretsAreMaskedAndNeverStored() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            let definition = """
                name: masked
                steps:
                  - name: s
                    action: shell
                    retry_policy: {max_attempts: 2, initial_delay: 1ms}
                    config:
                      command: |
                        echo out={{ secrets.TOKEN | sh }} >> "$SAGA_OUTPUT"; echo {{ secrets.TOKEN | sh }} >&2
                        [ {{ secrets.TOKEN | sh }} = \(Self.secret) ] || exit 9
                        [ "$SAGA_ATTEMPT" = 2 ]
                """
            let settings = [
                "saga": "saga.yaml", "store": folder + "/saga.db", "wait": "true",
                "secrets": #"{"TOKEN": "\#(Self.secret)", "PIN": "1234"}"#, "log_level": "trace",
            ]
            try Files.write(definition.replacing(Self.secret, with: "$(cat expected)"), folder + "/saga.yaml")
            try Files.write(Self.secret, folder + "/expected")
            let result = try await step.run(settings)
            #expect(result.exitCode == 0, "\(result.output) \(result.errors)")
            #expect(!(result.output + result.errors).contains(Self.secret))
            #expect(result.errors.contains("PIN"), "too short to be masked, so it is warned about")
            #expect(try step.output("masked")["outputs"]?["s"]?["out"] == "***")
            for file in try Files.names(in: folder) where file != "expected" {
                #expect(!Files.contains(folder + "/" + file, Self.secret), "\(file)")
            }
            #expect(!Files.contains(folder + "/.saga/masked.json", Self.secret))
        }
    }

    @Test func aMissingSecretFailsItsStep() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            let definition =
                "name: s\nsteps:\n  - {name: s, action: shell, config: {command: 'echo {{ secrets.NOBODY | sh }}'}}\n"
            let result = try await step.run(["saga": definition, "store": folder + "/s.db", "wait": "true"])
            #expect(result.exitCode == 1)
            #expect(result.output.contains("secrets.NOBODY has no value"))
        }
    }
}
