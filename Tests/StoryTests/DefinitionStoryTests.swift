import SagaCore
import Testing

/// Definitions with everything wrong, through the API and the command.
@Suite(.timeLimit(.minutes(2))) struct DefinitionStoryTests {
    static let bad = """
        name: Release
        tiemout: 5
        vars: {version: null}
        steps:
          - name: a
            action: shel
            depends_on: [b, zz]
            config: {command: "echo {{ vars.verison }} {{ outputs.q.x }}"}
          - name: a
            action: shell
            config: {comand: x}
          - name: b
            action: sleep
            depends_on: [a]
            config: {duration: 1:30}
          - name: c
            action: api
            timeout: 5x
            compensate: c
            config: {url: "{{ vars.version | upper }}"}
        """

    /// Line, column, path and suggestion of a problem that must be among those found.
    static let expected: [(Int64, Int64, String, String?)] = [
        (1, 7, "name", "release"), (2, 1, "tiemout", "timeout"), (6, 13, "steps[0].action", "shell"),
        (7, 21, "steps[0].depends_on[1]", nil), (8, 29, "steps[0].config.command", "vars.version"),
        (9, 11, "steps[1].name", nil), (11, 14, "steps[1].config.comand", "command"),
        (15, 24, "steps[2].config.duration", nil), (18, 14, "steps[3].timeout", nil),
        (19, 17, "steps[3].compensate", nil), (20, 38, "steps[3].config.url", nil),
    ]

    @Test func allProblemsComeAtOnceWithTheirPlaceAndNothingIsStored() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let body: JSONValue = ["definition": .string(Self.bad)]
                let refused = try await receiver.send("POST", "/api/v1/sagas", body)
                #expect(refused.status == 400)
                #expect(refused.json["type"]?.stringValue?.isEmpty == false)
                let problems = refused.json["errors"]?.arrayValue ?? []
                for (line, column, path, suggestion) in Self.expected {
                    let found = problems.filter { $0["path"]?.stringValue == path && $0["line"]?.intValue == line }
                    #expect(!found.isEmpty, "\(path) in line \(line)")
                    #expect(found.contains { $0["suggestion"]?.stringValue == suggestion }, "\(path): \(found)")
                    #expect(found.contains { $0["column"]?.intValue == column }, "\(path): \(found)")
                }
                #expect(problems.contains { $0["message"]?.stringValue?.contains("circle") == true })
                let checked = try await receiver.send("POST", "/api/v1/definitions/validate", body)
                #expect(checked.status == 200)
                #expect(checked.json["valid"] == false)
                #expect(checked.json["errors"]?.arrayValue == problems)
                #expect(try await receiver.send("POST", "/api/v1/definitions/plan", body).status == 400)
                #expect(try await receiver.send("GET", "/api/v1/sagas").json["sagas"] == [])
            }
        }
    }

    /// Texts that are no definition at all, each with the line of the problem.
    static let texts: [(String, Int64)] = [
        ("", 1), ("null", 1), ("[1]", 1), ("name: a\nname: b\nsteps: []\n", 2), ("name: a\nsteps:\n\t- x\n", 3),
        ("name: a\n---\nname: b\n", 2), (#"{"name": "a", "name": "b", "steps": []}"#, 1), ("name: [a\n", 2),
        ("name: a\nsteps: *nowhere\n", 2), (String(repeating: "x", count: 300_000), 1),
    ]

    @Test func textsThatAreNoDefinitionAreRefusedWithALine() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                for (text, line) in Self.texts {
                    let answer = try await receiver.send("POST", "/api/v1/sagas", ["definition": .string(text)])
                    #expect(answer.status == 400, "\(text.prefix(40))")
                    let lines = answer.json["errors"]?.arrayValue?.compactMap { $0["line"]?.intValue } ?? []
                    #expect(lines.contains(line), "\(text.prefix(40)): \(answer.text)")
                }
                let steps = (0...500).map { Definitions.approval("s\($0)") }
                let many = try await receiver.send(
                    "POST", "/api/v1/sagas", ["definition": ["name": "many", "steps": .array(steps)]])
                #expect(many.status == 400)
                #expect(many.json["errors"]?.arrayValue?.map { $0["path"] } == ["steps[500]"])
            }
        }
    }

    /// What was given is what is kept: comments, order and all.
    @Test func aDefinitionIsKeptAsItWasGiven() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let text =
                    "# the release\nname: kept\nsteps:\n  - {name: yes, action: sleep, config: {duration: 1ms}}\n"
                let saga = try await receiver.run(.string(text))
                #expect(saga["definition"]?.stringValue == text)
                #expect(saga.step("yes")?["status"] == "completed", "in YAML 1.2 'yes' is text")
            }
        }
    }
}
