import SagaCore
import Testing

/// The operator's command: exit codes, text and JSON, over a receiver and over a store file.
@Suite(.timeLimit(.minutes(2))) struct CommandLineStoryTests {
    static let good = """
        name: good
        steps:
          - {name: a, action: shell, compensate: undo, config: {command: "true"}}
          - {name: b, action: shell, depends_on: [a], config: {command: exit 1}, retry_policy: {max_attempts: 1}}
          - {name: undo, action: shell, config: {command: "true"}}
        """
    static let bad = "name: Bad\nsteps:\n  - {name: a, action: shel}\n"

    @Test func definitionsAreCheckedAndPlannedWithoutAServer() async throws {
        try await Programs.withFolder { folder in
            try Files.write(Self.good, folder + "/good.yaml")
            try Files.write(Self.bad, folder + "/bad.yaml")
            func saga(_ arguments: String...) async throws -> Programs.Result {
                try await Programs.run("saga", arguments, in: folder)
            }
            #expect(try await saga("--version").exitCode == 0)
            #expect(try await saga("--help").exitCode == 0)
            #expect(try await saga("validate", "good.yaml").exitCode == 0)
            let invalid = try await saga("validate", "bad.yaml")
            #expect(invalid.exitCode == 1)
            for place in ["bad.yaml:1:7:", "bad.yaml:3:23:", "'shell'"] {
                #expect(invalid.output.contains(place), "\(invalid.output)")
            }
            let json = try await saga("validate", "bad.yaml", "--output", "json")
            #expect(json.exitCode == 1)
            let problems = try JSONValue(parsing: json.output)
            #expect(problems["valid"] == false)
            #expect(problems["errors"]?.arrayValue?.map { $0["path"] } == ["name", "steps[0].action"])
            #expect(problems["errors"]?.arrayValue?.map { $0["line"] } == [1, 3])

            let plan = try await saga("plan", "good.yaml", "--output", "json")
            #expect(plan.exitCode == 0)
            let order = try JSONValue(parsing: plan.output)
            #expect(order["order"] == [["a"], ["b"]])
            #expect(
                order["rollback"] == [
                    ["failed": "a", "undo": [], "status": "failed"],
                    ["failed": "b", "undo": ["undo"], "status": "compensated"],
                ])
            #expect(try await saga("plan", "bad.yaml").exitCode == 2)
            for arguments in [
                ["validate"], ["validate", "none.yaml"], ["plan", "none.yaml"], ["dance"], ["list"],
                ["list", "--server", "x", "--store", "y"], ["validate", "good.yaml", "--output", "xml"],
                ["list", "--server", "no address"],
            ] {
                let result = try await Programs.run("saga", arguments, in: folder)
                #expect(result.exitCode == 2, "\(arguments): \(result.output) \(result.errors)")
                #expect(!result.errors.isEmpty, "\(arguments)")
            }
        }
    }

    @Test func sagasAreListedAndShownOverAReceiverAndOverItsStore() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let ended = try await receiver.run(.string(Self.good))
                let id = try #require(ended["id"]?.stringValue)
                let places: [(arguments: [String], environment: [String: String])] = [
                    (["--server", receiver.url], ["SAGA_TOKEN": Receiver.reader]),
                    ([], ["SAGA_SERVER": receiver.url, "SAGA_TOKEN": Receiver.reader]),
                    (["--store", folder + "/saga.db"], [:]),
                ]
                for (arguments, environment) in places {
                    func saga(_ command: String...) async throws -> Programs.Result {
                        try await Programs.run("saga", command + arguments, environment, in: folder)
                    }
                    let list = try await saga("list")
                    #expect(list.exitCode == 0, "\(list.errors)")
                    for word in [id, "good", "compensated"] { #expect(list.output.contains(word)) }
                    let json = try JSONValue(parsing: try await saga("list", "--output", "json").output)
                    #expect(json["sagas"]?.arrayValue?.map { $0["id"]?.stringValue } == [id])
                    #expect(json["next_cursor"] == .null)
                    let none = try JSONValue(
                        parsing: try await saga("list", "--status", "running", "--output", "json").output)
                    #expect(none["sagas"] == [])
                    let shown = try await saga("show", id)
                    #expect(shown.exitCode == 0)
                    #expect(shown.output.contains("step_failed"))
                    let whole = try JSONValue(parsing: try await saga("show", id, "--output", "json").output)
                    #expect(whole["status"] == "compensated")
                    #expect(whole.stepStatuses == ["completed", "failed", "completed"])
                    #expect(try await saga("show", "nobody").exitCode == 1)
                    #expect(try await saga("list", "--status", "fine").exitCode == 2)
                }
                let down = try await Programs.run("saga", ["list", "--server", "http://127.0.0.1:1"], in: folder)
                #expect(down.exitCode == 3)
                for token in ["", "wrong"] {
                    let result = try await Programs.run(
                        "saga", ["list", "--server", receiver.url], ["SAGA_TOKEN": token], in: folder)
                    #expect(result.exitCode == 3, "\(token)")
                }
                let scope = try await Programs.run(
                    "saga", ["cancel", id, "--server", receiver.url], ["SAGA_TOKEN": Receiver.reader], in: folder)
                #expect(scope.exitCode == 3)
                let refused = try await Programs.run(
                    "saga", ["cancel", id, "--server", receiver.url], ["SAGA_TOKEN": Receiver.token], in: folder)
                #expect(refused.exitCode == 1)
                let missing = try await Programs.run("saga", ["list", "--store", folder + "/none.db"], in: folder)
                #expect(missing.exitCode == 3)
                #expect(!Files.exists(folder + "/none.db"), "looking makes no store")
            }
        }
    }
}
