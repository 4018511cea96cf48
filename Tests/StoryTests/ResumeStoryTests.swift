import SagaCore
import TestSupport
import Testing

/// A pipeline that is restarted goes on with its saga, over several restarts in a row.
@Suite(.timeLimit(.minutes(3))) struct ResumeStoryTests {
    private static func definition(_ folder: String) -> String {
        """
        name: release
        on_failure: stop
        steps:
          - {name: first, action: shell, config: {command: "echo first >> \(folder)/log"}}
          - name: second
            action: shell
            depends_on: [first]
            retry_policy: {max_attempts: 1}
            config: {command: "echo second >> \(folder)/log; [ -e \(folder)/mended ]"}
        """
    }

    @Test func theThirdRunStillResumesTheSagaOfTheFirst() async throws {
        try await PluginStoryTests.inBothModes { step, place in
            let folder = step.workspace
            let settings = place.merging(["saga": Self.definition(folder), "wait": "true"]) { $1 }
            func run(_ number: Int, of parent: Int) async throws -> (exit: Int, id: String, text: String) {
                let run = PluginStep(workspace: folder, number: number, parent: parent)
                let result = try await run.run(settings)
                let id = try run.output("release")["id"]?.stringValue
                return (result.exitCode, id ?? "", result.output + result.errors)
            }
            let first = try await run(41, of: 0)
            #expect(first.exit == 1, "\(first.text)")
            for (number, parent) in [(42, 41), (43, 42)] {
                let next = try await run(number, of: parent)
                #expect(next.exit == 1, "\(next.text)")
                #expect(next.id == first.id)
                #expect(next.text.contains("retrying it"), "\(next.text)")
            }
            try Files.write("", folder + "/mended")
            let last = try await run(44, of: 43)
            #expect(last.exit == 0, "\(last.text)")
            #expect(last.id == first.id)
            #expect(Files.lines(folder + "/log") == ["first", "second", "second", "second", "second"])
            // What is over is not gone on with: the next restart starts a new one, and the one after finds that.
            let anew = try await run(45, of: 44)
            #expect(anew.exit == 0)
            #expect(anew.id != first.id)
            #expect(anew.text.contains("starting a new one"))
            #expect(try await run(46, of: 45).id != anew.id)
        }
    }

    /// The run in between was stopped before its saga step; Woodpecker tells what it had restarted.
    @Test func aRunThatNeverCameToItsSagaIsPassedOver() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            let settings = [
                "saga": Self.definition(folder), "wait": "true", "receiver": receiver.url, "token": Receiver.token,
            ]
            for parent in 0...2 as ClosedRange<Int64> { fake.addPipeline(in: "octo/app") { $0.parent = parent } }
            let first = PluginStep(workspace: folder, number: 1)
            #expect(try await first.run(settings).exitCode == 1)
            let id = try first.output("release")["id"]?.stringValue
            try Files.write("", folder + "/mended")
            let third = PluginStep(workspace: folder, number: 3, parent: 2)
            let result = try await third.run(
                settings.merging(["woodpecker_url": fake.url, "woodpecker_token": "t0ken"]) { $1 })
            #expect(result.exitCode == 0, "\(result.output) \(result.errors)")
            #expect(try third.output("release")["id"]?.stringValue == id)
        }
    }

    @Test func aFurtherKeyBelongsToOneSagaAlone() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                func start(_ key: String) async throws -> String {
                    let answer = try await receiver.send(
                        "POST", "/api/v1/sagas",
                        ["definition": Definitions.gate, "idempotency_key": .string(key)])
                    return try #require(answer.json["id"]?.stringValue)
                }
                let (one, two) = (try await start("one"), try await start("two"))
                func add(_ key: String, to id: String) async throws -> Int {
                    try await receiver.send(
                        "POST", "/api/v1/sagas/\(id)/keys", ["idempotency_key": .string(key)]
                    ).status
                }
                #expect(try await add("more", to: one) == 200)
                #expect(try await add("more", to: one) == 200)
                #expect(try await add("more", to: two) == 422)
                #expect(try await add("two", to: one) == 422)
                #expect(try await add("x", to: "nobody") == 404)
                #expect(try await add("", to: one) == 400)
                for (key, id) in [("one", one), ("more", one), ("two", two)] {
                    let found = try await receiver.send("GET", "/api/v1/sagas?idempotency_key=\(key)")
                    #expect(found.json["sagas"]?.arrayValue?.map { $0["id"]?.stringValue } == [id])
                    #expect(try await start(key) == id, "a start under any of its keys finds it")
                }
                #expect(try await receiver.send("GET", "/api/v1/sagas?idempotency_key=none").json["sagas"] == [])
            }
        }
    }
}
