import SagaCore
import SagaDefinitions
import Testing

@Suite struct YAMLTests {
    private func vars(_ yaml: String) throws -> [String: JSONValue?] {
        let text = "name: a\nsteps: [{name: s, action: approval}]\n" + yaml
        return Dictionary(
            uniqueKeysWithValues: try DefinitionReader.read(text).definition.vars.map { ($0.name, $0.standard) })
    }

    @Test(
        "Scalars are read as YAML 1.2's core schema says",
        arguments: [
            ("yes", "yes"), ("off", "off"), ("Y", "Y"), ("1:30", "1:30"), ("2026-01-31", "2026-01-31"),
            ("true", true), ("False", false), ("tRue", "tRue"), ("'true'", "true"), ("\"5\"", "5"), ("null", nil),
            ("~", nil), ("", nil), ("''", ""), ("'null'", "null"), ("5", 5), ("-5", -5), ("+5", 5), ("0x1F", 31),
            ("0o17", 15), ("017", 17), ("0b1", "0b1"), ("1_000", "1_000"), ("1.5", .double(1.5)), ("1.", .double(1.0)),
            (".5", .double(0.5)),
            ("-1e3", .double(-1000.0)), ("1e", "1e"), ("e3", "e3"), (".", "."), (".inf", ".inf"),
            (".nan", ".nan"),
            ("0x", "0x"), ("1e999", "1e999"), ("9223372036854775807", 9_223_372_036_854_775_807), ("!!str 5", "5"),
            ("!!int \"5\"", 5), ("=", "="), ("1.2.3", "1.2.3"), ("|\n  a\n  b\n", "a\nb\n"), (">\n  a\n  b\n", "a b\n"),
        ] as [(String, JSONValue?)])
    func scalars(text: String, expected: JSONValue?) throws {
        let value = try vars("vars:\n x: \(text)")["x"] ?? nil
        #expect(value == expected)
    }

    @Test func `Anchors, aliases and merge keys work, and stars inside text stay stars`() throws {
        let text = """
            vars:
              a: &a {x: 1, y: "*"}
              b: *a
              c: {<<: *a, y: 2}
              d: {<<: [{z: 0}, *a], x: 5}
              e: a * b ** c
              f: [&n one, *n, '*n']
              "g": |
                *not an alias
            """
        let vars = try vars(text)
        #expect(vars["b"] == ["x": 1, "y": "*"])
        #expect(vars["c"] == ["x": 1, "y": 2])
        #expect(vars["d"] == ["x": 5, "y": "*", "z": 0])
        #expect(vars["e"] == "a * b ** c")
        #expect(vars["f"] == ["one", "one", "*n"])
        #expect(vars["g"] == "*not an alias")
    }

    @Test func `Aliases that multiply without end are refused soon`() {
        var text = "name: a\nsteps: [{name: s, action: approval}]\nvars:\n  v0: &v0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...40 {
            text += "  v\(level): &v\(level) [" + (0..<9).map { _ in "*v\(level - 1)" }.joined(separator: ", ") + "]\n"
        }
        let found = problems(text)
        #expect(found.map(\.message) == ["the aliases make the definition too large"])
    }

    @Test func `Aliases as keys are refused without looking into them`() {
        var text = "v0: &v0 [x, x]\n"
        for level in 1...60 { text += "v\(level): &v\(level) [*v\(level - 1), *v\(level - 1)]\n" }
        let found = problems(text + "? *v60\n: 1\n? [*v60]\n: 2\n")
        #expect(found.contains { $0.message == "a key must be text" && $0.line == 62 })
        #expect(found.contains { $0.message == "a key must be text" && $0.line == 64 })
    }

    @Test(arguments: [
        String(repeating: "[", count: 5000), String(repeating: "{a: ", count: 5000),
        "name: a\nvars: {x: " + String(repeating: "[", count: 90) + String(repeating: "]", count: 90) + "}",
        "{\"name\": " + String(repeating: "[", count: 5000), String(repeating: "- ", count: 5000),
    ])
    func `Deep nesting is a problem and no crash`(text: String) {
        #expect(!problems(text).isEmpty)
    }

    @Test func `Limits hold at their edge`() throws {
        let base = "name: a\nsteps: [{name: s, action: approval}]\n#"
        let full = base + String(repeating: "x", count: DefinitionReader.largestText - base.utf8.count)
        #expect(problems(full) == [])
        #expect(
            problems(full + "x").map(\.message) == ["a definition is at most 256 KiB long, and this has 262145 bytes"])
        func steps(_ count: Int) -> String {
            "name: a\nsteps:\n" + (0..<count).map { "- {name: s\($0), action: approval}\n" }.joined()
        }
        #expect(problems(steps(500)) == [])
        #expect(lines(problems(steps(501))) == ["503:3 steps[500]: at most 500 steps, not 501"])
    }

    @Test func `Bytes that are no UTF-8 are refused with their place`() {
        let error = #expect(throws: DefinitionProblems.self) {
            try DefinitionReader.read(bytes: Array("name: a\nx: ü".utf8) + [0xFF])
        }
        #expect(lines(error?.problems ?? []) == ["2:5 : a definition is UTF-8 text, and this is not"])
    }

    @Test func `Sound JSON is read even where YAML would refuse it`() throws {
        let text =
            "{\t\"name\": \"a\", \"description\": \"\\ud83d\\ude00 \u{7F}\\/\",\n\t\"steps\":[{\"name\":\"s\",\"action\":\"approval\"}]}"
        #expect(try DefinitionReader.read(text).definition.description == "😀 \u{7F}/")
        #expect(try DefinitionReader.read("{name: a, steps: [{name: s, action: approval}]}").definition.name == "a")
    }
}
