import SagaDefinitions
import Testing

@Suite struct TemplateCheckTests {
    /// a → b → c, d apart; `undo` undoes b.
    private func definition(_ place: String, _ text: String) -> String {
        func config(_ name: String) -> String { place == name ? "config: {args: [\(text)]}" : "config: {args: [x]}" }
        return """
            name: t
            vars: {version: 1, environment: x}
            concurrency: {key: \(place == "concurrency" ? text : "k")}
            steps:
              - {name: a, action: shell, \(config("a"))}
              - {name: b, action: shell, depends_on: [a], compensate: undo, \(config("b"))}
              - {name: c, action: shell, depends_on: [b], \(config("c")), when: {version: \(place == "when" ? text : "x")}}
              - {name: d, action: shell, \(config("d"))}
              - {name: undo, action: shell, \(config("undo"))}
            """
    }

    @Test(arguments: [
        ("a", "'{{ vars.version }}'"), ("c", "'{{ outputs.a.x }}{{ outputs.b.stdout }}'"),
        ("undo", "'{{ outputs.b.x }}{{ outputs.a.y[0] }}'"), ("a", "'{{ secrets.X | sh }}{{ step.attempt }}'"),
        ("concurrency", "'{{ vars.version }}/{{ ci.CI_REPO }}/{{ saga.name }}'"), ("when", "'{{ vars.environment }}*'"),
        ("b", "'{{ \"{{\" }}.Name}}'"),
    ])
    func `A template may speak of what is known at its place`(place: String, text: String) {
        #expect(lines(problems(definition(place, text))) == [])
    }

    @Test(arguments: [
        ("a", "'x {{ vars.verison }}'", "5:49 steps[0].config.args[0]: unknown variable 'verison' → vars.version"),
        ("a", "'{{ var.version }}'", "5:50 steps[0].config.args[0]: unknown path 'var' → vars"),
        (
            "a", "'{{ vars.version | josn }} {{ nope }}'",
            "5:65 steps[0].config.args[0]: unknown filter 'josn' → json|5:76 steps[0].config.args[0]: unknown path 'nope'"
        ),
        ("a", "'{{ outputs.a.x }}'", "5:47 steps[0].config.args[0]: 'outputs.a': a step cannot use its own outputs"),
        (
            "b", "'{{ outputs.d.x | default(\"\") }}'",
            "6:82 steps[1].config.args[0]: 'outputs.d' cannot be known here: add 'd' to 'depends_on'"
        ),
        (
            "c", "'{{ outputs.undo.x }}'",
            "7:64 steps[2].config.args[0]: 'outputs.undo' cannot be known here: 'undo' only runs to undo 'b'"
        ),
        ("c", "'{{ outputs.udno.x }}'", "7:64 steps[2].config.args[0]: 'outputs.udno': there is no step 'udno'"),
        (
            "undo", "'{{ outputs.c.x }}'",
            "9:50 steps[4].config.args[0]: 'outputs.c' cannot be known here: 'b', which this step undoes, does not depend on 'c'"
        ),
        (
            "undo", "'{{ outputs.undo.x }}'",
            "9:50 steps[4].config.args[0]: 'outputs.undo': a step cannot use its own outputs"
        ),
        (
            "concurrency", "'{{ outputs.a.x }}-{{ secrets.S }}'",
            "3:21 concurrency.key: 'outputs.a.x' cannot be known in concurrency.key: only vars, saga and ci can|3:39 concurrency.key: 'secrets.S' cannot be known in concurrency.key: only vars, saga and ci can"
        ),
        (
            "when", "'{{ step.name }}'",
            "7:85 steps[2].when.version: 'step.name' cannot be known in when: only vars, saga and ci can"
        ),
        (
            "a", "'{{ ci.HOME }}'",
            "5:53 steps[0].config.args[0]: 'ci.HOME': only variables whose names start with CI_ are kept"
        ),
        ("a", "\"\\x41 {{ vars.x }}\"", "5:46 steps[0].config.args[0]: unknown variable 'x'"),
    ])
    func `A template that names what cannot be known is a problem`(place: String, text: String, expected: String) {
        #expect(lines(problems(definition(place, text))).joined(separator: "|") == expected)
    }

    @Test func `An unknown variable in when is a problem`() {
        let text = "name: a\nvars: {environment: x}\nsteps:\n- {name: s, action: approval, when: {enviroment: x}}"
        #expect(
            lines(problems(text)) == [
                "4:38 steps[0].when.enviroment: unknown variable 'enviroment' → environment"
            ])
    }

    @Test func `A template in a block of text is told with its own line and column`() {
        let text = """
            name: a
            steps:
              - name: s
                action: shell
                config:
                  command: |
                    set -e

                    echo {{ vars.nope | sh }}
            """
        #expect(lines(problems(text)) == ["9:14 steps[0].config.command: unknown variable 'nope'"])
    }

    @Test func `What is questionable is warned about`() throws {
        let text = """
            name: a
            vars: {version: 1.10, t: "{{ x }}", build: 007}
            steps:
              - name: s
                action: shell
                compensate: undo
                compensate_if: attempted
                config: {command: "echo {{ vars.version }} {{ vars.t | sh }} {{ \\"x\\" }}"}
              - {name: undo, action: shell, config: {args: ["{{ outputs.s.x }}", "{{ outputs.s.y | default('') }}"]}}
              - {name: p, action: approval, depends_on: [s, s], pivot: true, compensate: unp}
              - {name: unp, action: approval}
              - {name: z, action: sleep, depends_on: [p], compensate: unz, config: {duration: 1h}}
              - {name: unz, action: approval, compensate_if: completed, retry_policy: {initial_delay: 2m}}
            """
        #expect(problems(text) == [])
        #expect(
            lines(warnings(text)) == [
                "2:17 vars.version: 1.10 is the number 1.1; put it in quotes if it is text",
                "2:26 vars.t: templates do not work in 'vars': the text is used as it is",
                "2:44 vars.build: 007 is the number 7; put it in quotes if it is text",
                "8:29 steps[0].config.command: '{{ vars.version }}' in a shell command without '| sh' is open to injection",
                "9:50 steps[1].config.args[0]: 'outputs.s' may be missing, since 's' is also undone when it was only attempted; add a default",
                "10:49 steps[2].depends_on[1]: 's' is listed twice",
                "10:78 steps[2].compensate: 'unp' never runs by itself: once this pivot has succeeded the saga only goes forward",
                "12:59 steps[4].compensate: 'unz' never runs by itself: after the pivot 'p' the saga only goes forward",
                "12:83 steps[4].config.duration: the step's timeout of 10m ends the sleep of 1h",
                "13:35 steps[5].compensate_if: 'compensate_if' does nothing without 'compensate'",
                "13:91 steps[5].retry_policy.initial_delay: the first delay of 2m is cut to 'max_delay', 1m",
            ])
    }
}
