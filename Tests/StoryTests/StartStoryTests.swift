import SagaCore
import Testing

/// Starting and watching from the operator's terminal, over a receiver and over the store file beside it.
@Suite(.timeLimit(.minutes(3))) struct StartStoryTests {
    private static let definition = """
        name: greet
        vars: {who: world, times: 1}
        steps:
          - {name: hello, action: shell, config: {command: "echo {{ vars.who | sh }} {{ vars.times | sh }}"}}
        """

    @Test(arguments: OperatorStoryTests.Place.allCases)
    func aSagaIsStartedFromAFileAndFollowed(place: OperatorStoryTests.Place) async throws {
        try await OperatorStoryTests.with(place) { desk in
            try Files.write(Self.definition, desk.folder + "/greet.yaml")
            let plain = try await desk.saga("start", "greet.yaml")
            #expect(plain.exitCode == 0, "\(plain.errors)")
            #expect(plain.output.hasPrefix("started saga "))
            let followed = try await desk.saga("start", "greet.yaml", "--var", "who=the = moon", "--watch")
            #expect(followed.exitCode == 0, "\(followed.errors)")
            let lines = followed.output.split(separator: "\n")
            #expect(lines.contains { $0.contains("hello") && $0.contains("running") }, "\(followed.output)")
            #expect(lines.last?.contains("(saga)  completed") == true, "no table in a pipe: \(followed.output)")

            let first = try await desk.saga(
                "start", "greet.yaml", "--vars-json", #"{"who":"x","times":2}"#, "--var", "who=moon",
                "--idempotency-key", "k", "--output", "json")
            let saga = try JSONValue(parsing: first.output)
            let id = try #require(saga["id"]?.stringValue)
            #expect(saga["vars"] == ["who": "moon", "times": 2])
            let again = try await desk.saga(
                "start", "greet.yaml", "--vars-json", #"{"who":"moon","times":2}"#, "--idempotency-key", "k")
            #expect(again.exitCode == 0 && again.output.contains("saga \(id) was started before"), "\(again)")
            let other = try await desk.saga("start", "greet.yaml", "--idempotency-key", "k")
            #expect(other.exitCode == 2 && other.errors.contains("idempotency key"), "\(other.errors)")

            let watched = try await desk.saga("watch", id, "--output", "json")
            #expect(watched.exitCode == 0, "\(watched.errors)")
            let items = try watched.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            #expect(items.first?["kind"] == "saga_created")
            #expect(items.last?["status"] == "completed")
            #expect(items.last?["outputs"]?["hello"]?["stdout"]?.stringValue?.contains("moon 2") == true)
        }
    }

    @Test(arguments: OperatorStoryTests.Place.allCases)
    func watchingEndsAsTheSagaDoes(place: OperatorStoryTests.Place) async throws {
        try await OperatorStoryTests.with(place) { desk in
            let id = try await desk.atGate()
            let early = try await desk.saga("watch", id, "--timeout", "300ms")
            #expect(early.exitCode == 4 && early.errors.contains("approval"), "\(early.errors)")
            async let watching = desk.saga("watch", id, "--timeout", "2m")
            try await desk.done("reject", id, "gate", "--reason", "not today")
            let watched = try await watching
            #expect(watched.exitCode == 1, "\(watched.errors)")
            for word in ["waiting", "failed", "compensating", "not today", "(saga)  compensated"] {
                #expect(watched.output.contains(word), "\(word): \(watched.output)")
            }
            #expect(try await desk.saga("watch", "nobody").exitCode == 1)
        }
    }

    @Test(arguments: OperatorStoryTests.Place.allCases)
    func whatCannotBeStartedIsRefusedWithItsPlace(place: OperatorStoryTests.Place) async throws {
        try await OperatorStoryTests.with(place) { desk in
            try Files.write(CommandLineStoryTests.bad, desk.folder + "/bad.yaml")
            try Files.write(Self.definition, desk.folder + "/greet.yaml")
            let bad = try await desk.saga("start", "bad.yaml")
            #expect(bad.exitCode == 2)
            for word in ["bad.yaml:1:7:", "bad.yaml:3:23:", "'shell'"] {
                #expect(bad.errors.contains(word), "\(bad.errors)")
            }
            let unknown = try await desk.saga("start", "greet.yaml", "--var", "whom=x")
            #expect(unknown.exitCode == 2 && unknown.errors.contains("'whom'"), "\(unknown.errors)")
            for arguments in [
                ["--var", "who"], ["--var", "=x"], ["--var", "who=a", "--var", "who=b"], ["--vars-json", "[]"],
                ["--timeout", "1m"], ["--watch", "--timeout", "soon"],
            ] {
                let result = try await Programs.run(
                    "saga", ["start", "greet.yaml", "--store", desk.folder + "/saga.db"] + arguments, in: desk.folder)
                #expect(result.exitCode == 2, "\(arguments): \(result.output)\(result.errors)")
            }
            let list = try await desk.saga("list", "--output", "json")
            #expect(try JSONValue(parsing: list.output)["sagas"] == [], "nothing was stored")
            let away = try await Programs.run(
                "saga", ["start", "greet.yaml", "--server", "http://127.0.0.1:1"], in: desk.folder)
            #expect(away.exitCode == 3)
        }
    }
}
