import SagaCore
import SagaDefinitions
import Testing

/// Bad text in, exact problems out.
@Suite struct ProblemTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var expected: [String]
        init(_ text: String, _ expected: String...) { (self.text, self.expected) = (text, expected) }
        var testDescription: String { expected.first ?? text }
    }

    private static let step = "steps: [{name: s, action: approval}]"

    @Test(arguments: [
        Case("", "1:1 : the definition is empty"),
        Case("# nothing\n", "1:1 : the definition is empty"),
        Case("[]", "1:1 : a definition must be a map, not a list"),
        Case("hello", "1:1 : a definition must be a map, not 'hello'"),
        Case("{}", "1:1 name: 'name' is missing", "1:1 steps: 'steps' is missing"),
        Case("name: a\nsteps: []", "2:1 steps: at least one step is needed"),
        Case("name:\n\(step)", "1:1 name: 'name' is required and has no value"),
        Case(
            "name: A b\n\(step)",
            "1:7 name: 'name' must be a name of lower-case letters, digits, '-' and '_', at most 63 characters, not 'A b' → a-b"
        ),
        Case(
            "name: 12\n\(step)",
            "1:7 name: 'name' must be a name of lower-case letters, digits, '-' and '_', at most 63 characters, not 12 → \"12\""
        ),
        Case("name: a\ntiemout: 5s\n\(step)", "2:1 tiemout: unknown key 'tiemout' → timeout"),
        Case("name: a\nfoo: 5s\n\(step)", "2:1 foo: unknown key 'foo'"),
        Case(
            "name: a\ntimeout: 5 minutes\n\(step)",
            "2:10 timeout: 'timeout' must be a duration above zero such as 250ms, 5s, 1m30s or 2h, not '5 minutes' → 5m"
        ),
        Case(
            "name: a\ntimeout: 30\n\(step)",
            "2:10 timeout: 'timeout' must be a duration above zero such as 250ms, 5s, 1m30s or 2h, not 30 → 30s"),
        Case(
            "name: a\ntimeout: 0s\n\(step)",
            "2:10 timeout: 'timeout' must be a duration above zero such as 250ms, 5s, 1m30s or 2h, not '0s'"),
        Case(
            "name: a\nmax_retries: -1\n\(step)",
            "2:14 max_retries: 'max_retries' must be a whole number from 0 to 1000000, not -1"),
        Case(
            "name: a\non_failure: compansate\n\(step)",
            "2:13 on_failure: 'on_failure' must be one of compensate, stop, not 'compansate' → compensate"),
        Case("name: a\ndescription: [x]\n\(step)", "2:14 description: 'description' must be text, not a list"),
        Case("name: a\nconcurrency: {}\n\(step)", "2:14 concurrency.key: 'key' is missing"),
        Case(
            "name: a\nvars: {a-b: 1}\n\(step)",
            "2:8 vars.a-b: a variable's name is made of letters, digits and '_', and starts with no digit"),
        Case(
            "name: a\nsteps: [{name: b, action: aproval}]",
            "2:27 steps[0].action: 'action' must be one of api, shell, wait_pipeline, wait_build, run_pipeline, approval, sleep, not 'aproval' → approval"
        ),
        Case(
            "name: a\nsteps: [{name: b, action: wait-pipeline}]",
            "2:27 steps[0].action: 'action' must be one of api, shell, wait_pipeline, wait_build, run_pipeline, approval, sleep, not 'wait-pipeline' → wait_pipeline"
        ),
        Case("name: a\nsteps: [approve]", "2:9 steps[0]: 'steps[0]' must be a map, not 'approve'"),
        Case(
            "name: a\nsteps: [{name: b, action: approval, pivot: yes}]",
            "2:44 steps[0].pivot: 'pivot' must be true or false, not 'yes' → true"),
        Case(
            "name: a\nsteps: [{name: b, action: approval, retry_policy: {max_attempts: 0, jitter: 1.5, initial_delay: x}}]",
            "2:66 steps[0].retry_policy.max_attempts: 'max_attempts' must be a whole number from 1 to 1000000, not 0",
            "2:77 steps[0].retry_policy.jitter: 'jitter' must be a number from 0 to 1, not 1.5",
            "2:97 steps[0].retry_policy.initial_delay: 'initial_delay' must be a duration such as 250ms, 5s, 1m30s or 2h, not 'x'"
        ),
        Case("name: a\nname: b\n\(step)", "2:1 name: duplicate key 'name', already given in line 1"),
        Case(
            "name: a\n\"name\": b\nname: c\nsteps:\n- {name: b, action: approval, name: c}",
            "2:1 name: duplicate key 'name', already given in line 1",
            "3:1 name: duplicate key 'name', already given in line 1",
            "5:31 steps[0].name: duplicate key 'name', already given in line 5"),
        Case(
            "{\"name\": \"a\", \"name\": \"b\",\n\"steps\": [{\"name\": \"b\", \"action\": \"approval\"}]}",
            "1:15 name: duplicate key 'name', already given in line 1"),
        Case("name: a\n  b: c\n", "2:4 : not YAML: mapping values are not allowed in this context"),
        Case("name: [a\n", "2:1 : not YAML: did not find expected ',' or ']' (while parsing a flow sequence, line 1)"),
        Case("name: a\n---\nname: b\n", "2:1 : a definition is one YAML document, and here a second one starts"),
        Case("name: !env a\n\(step)", "1:7 name: tags such as !env are not supported"),
        Case(
            "name: a\nvars: {x: *nope}\n\(step)",
            "2:11 vars.x: unknown alias '*nope'; text that starts with '*' needs quotes"),
        Case("? [a]\n: 1\nname: a\n\(step)", "1:3 : a key must be text"),
        Case("{\"name\": \"a\",\n\t\"steps\": [}", "2:12 : not JSON: a value was expected"),
        Case("{\"name\": \"a\",\n \"x\": \"\u{1}\"}", "2:9 : not JSON: control character in a string"),
    ])
    func `What is wrong with the file or a setting is told with its place`(test: Case) {
        #expect(lines(problems(test.text)) == test.expected)
    }

    @Test(arguments: [
        Case(
            """
            name: a
            steps:
              - {name: build, action: approval}
              - {name: build, action: approval}
              - {name: test, action: approval, depends_on: [biuld, test, build, nowhere]}
            """,
            "4:12 steps[1].name: another step is already called 'build', in line 3",
            "5:49 steps[2].depends_on[0]: there is no step 'biuld' → build",
            "5:56 steps[2].depends_on[1]: a step cannot depend on itself",
            "5:69 steps[2].depends_on[3]: there is no step 'nowhere'"),
        Case(
            """
            name: a
            steps:
              - {name: a, action: approval, depends_on: [c, x]}
              - {name: b, action: approval, depends_on: [a]}
              - {name: c, action: approval, depends_on: [b]}
              - {name: x, action: approval, depends_on: [y]}
              - {name: y, action: approval, depends_on: [x]}
              - {name: z, action: shell, depends_on: [y], config: {args: ["{{ outputs.a.x }}"]}}
            """,
            "3:33 steps[0].depends_on: steps depend on each other in a circle: a → c → b → a",
            "6:33 steps[3].depends_on: steps depend on each other in a circle: x → y → x"),
        Case(
            """
            name: a
            steps:
              - {name: a, action: approval, compensate: undo}
              - {name: b, action: approval, compensate: undo, depends_on: [undo]}
              - {name: c, action: approval, compensate: c}
              - {name: d, action: approval, compensate: und}
              - name: undo
                action: approval
                depends_on: [a]
                compensate: redo
                pivot: true
              - {name: redo, action: approval}
            """,
            "4:45 steps[1].compensate: 'undo' already undoes 'a', and a compensation step serves one step only",
            "4:64 steps[1].depends_on[0]: 'undo' undoes 'a' and never runs forward, so nothing can depend on it",
            "5:45 steps[2].compensate: a step cannot undo itself",
            "6:45 steps[3].compensate: there is no step 'und' → undo",
            "9:5 steps[4].depends_on: 'undo' undoes 'a', and a compensation step has no 'depends_on'",
            "10:5 steps[4].compensate: 'undo' undoes 'a', and a compensation step has no 'compensate'",
            "11:5 steps[4].pivot: 'undo' undoes 'a', and a compensation step has no 'pivot'"),
        Case(
            "name: a\nsteps:\n- {action: approval}\n- {name: b, action: approval, depends_on: [q], compensate: w}",
            "3:3 steps[0].name: 'name' is missing"),
    ])
    func `What is wrong between steps is told once`(test: Case) {
        #expect(lines(problems(test.text)) == test.expected)
    }

    @Test func `A problem is JSON for the API and a line for the terminal`() throws {
        let problem = try #require(problems("name: a\ntiemout: 5s\n\(Self.step)").first)
        #expect(
            problem.json == [
                "message": "unknown key 'tiemout'", "line": 2, "column": 1, "path": "tiemout", "suggestion": "timeout",
            ])
        #expect(problem.description == "2:1 tiemout: unknown key 'tiemout' (did you mean 'timeout'?)")
    }
}
