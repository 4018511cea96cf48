import SagaCore
import Testing

@Suite struct TemplateTests {
    private let context = TemplateContext(
        vars: ["name": "web app", "count": 3, "tags": ["a", "b"], "flag": true, "void": .null],
        outputs: [
            "build-image": ["digest": "sha256:1", "list": [["id": 7]], "odd name": "x", "nothing": .null],
            "1st": ["a": .double(1.5)],
        ],
        sagaID: "saga-1", sagaName: "release", stepName: "deploy", attempt: 2, idempotencyKey: "saga-1/deploy/0",
        ci: ["CI_COMMIT_SHA": "abc"], secret: { $0 == "TOKEN" ? "s3cret'x" : nil })

    @Test(
        "A template renders to the value it names",
        arguments: [
            ("plain", "plain"), ("", ""), ("{ not } a {template}", "{ not } a {template}"),
            ("{{ vars.name }}", "web app"), ("{{vars.count}}", 3), ("{{ vars.tags }}", ["a", "b"]),
            ("{{ vars.tags[1] }}", "b"), ("{{ vars.flag }}", true), (" {{ vars.count }}", " 3"),
            ("n={{ vars.count }}, t={{ vars.tags }}", "n=3, t=[\"a\",\"b\"]"), ("{{ vars.void }}", .null),
            ("{{ outputs.build-image.digest }}", "sha256:1"), ("{{ outputs.build-image.list[0].id }}", 7),
            ("{{ outputs.build-image[\"odd name\"] }}", "x"), ("{{ outputs.1st.a }}", .double(1.5)),
            ("{{ saga.id }}/{{ saga.name }}", "saga-1/release"), ("{{ step.name }}", "deploy"),
            ("{{ step.attempt }}", 2), ("{{ step.idempotency_key }}", "saga-1/deploy/0"),
            ("{{ ci.CI_COMMIT_SHA }}", "abc"), ("{{ secrets.TOKEN | sh }}", "'s3cret'\\''x'"),
            ("{{ vars.name | url }}", "web%20app"), ("{{ vars.tags | json }}", "[\"a\",\"b\"]"),
            ("{{ vars.name | json | sh }}", "'\"web app\"'"), ("{{ vars.nope | default(\"d\") }}", "d"),
            ("{{ vars.nope | default('d e') | url }}", "d%20e"), ("{{ vars.void | default(4) }}", 4),
            ("{{ vars.name | default(\"d\") }}", "web app"), ("{{ vars.nope | url | default(\"x\") }}", "x"),
            ("{{ \"{{\" }}", "{{"), ("{{ '}}' }}", "}}"), ("--format '{{ \"{{\" }}.Name}}'", "--format '{{.Name}}'"),
            ("{{ \"a\\\"b\" }}", "a\"b"), ("ö{{ vars.count }}é", "ö3é"),
        ] as [(String, JSONValue)])
    func renders(text: String, expected: JSONValue) throws {
        #expect(try Template.parse(text).render(in: context) == expected)
    }

    @Test(
        "A value that is not there is an error that names the path",
        arguments: [
            ("{{ vars.nope }}", "vars.nope has no value"), ("a{{ outputs.x.y[2] }}", "outputs.x.y[2] has no value"),
            ("{{ secrets.OTHER }}", "secrets.OTHER has no value"), ("{{ ci.CI_X }}", "ci.CI_X has no value"),
            ("{{ vars.tags[2] }}", "vars.tags[2] has no value"),
            ("{{ vars.name.x | json }}", "vars.name.x has no value"),
            ("a {{ vars.void }}", "vars.void is null"),
            ("{{ outputs.build-image.nothing | sh }}", "outputs.build-image.nothing is null"),
        ])
    func missing(text: String, message: String) throws {
        let template = try Template.parse(text)
        let error = #expect(throws: TemplateError.self) { try template.render(in: context) }
        #expect(error?.description == message)
    }

    @Test(
        "A template that cannot be read says what is wrong and where",
        arguments: [
            ("{{ vars.x ", "'{{' without '}}'", 0), ("ab{{ vars.x", "'{{' without '}}'", 2),
            (
                "{{ }}",
                "a path such as vars.NAME or outputs.STEP.key was expected (two braces as plain text: {{ \"{{\" }})", 3
            ),
            ("{{ var.x }}", "unknown path 'var'", 3), ("{{ vars }}", "'vars' must be followed by '.' and a name", 7),
            ("{{ vars. }}", "a name was expected after 'vars.'", 8), ("{{ saga.nome }}", "unknown path 'saga.nome'", 8),
            ("{{ saga.id.x }}", "'saga.id' is text and has no members", 8),
            ("{{ ci.HOME }}", "'ci.HOME': only variables whose names start with CI_ are kept", 6),
            ("{{ vars.x | upper }}", "unknown filter 'upper'", 12),
            ("{{ vars.x | default }}", "write default(\"text\")", 12),
            ("{{ vars.x | json(1) }}", "filter 'json' takes no argument", 12),
            ("{{ vars.x | }}", "the name of a filter was expected after '|'", 12),
            ("{{ vars.x y }}", "'y' was not expected in a template", 10),
            ("{{ vars.x[a] }}", "a number or a quoted name was expected after '['", 10),
            ("{{ vars.x | default(\"a }}", "a quoted text does not end", 20),
            ("{{ vars.x.|json }}", "a name was expected after '.'", 10),
        ])
    func unreadable(text: String, message: String, offset: Int) {
        let problem = #expect(throws: TemplateProblem.self) { try Template.parse(text) }
        #expect(problem?.message == message)
        #expect(problem?.offset == offset)
    }

    @Test func `Each broken expression of a string is found, and the sound ones are kept`() {
        let (template, problems) = Template.read("{{ a.b }} {{ vars.x }} {{ vars.y | nope }} {{ outputs.s.t }}")
        #expect(problems.map(\.unknown) == ["a", "nope"])
        #expect(template.references == [.variable("x", []), .output(step: "s", [.member("t")])])
        #expect(template.references.map(\.description) == ["vars.x", "outputs.s.t"])
    }

    @Test func `A tree is rendered in its strings, keys stay, and an error names the place`() throws {
        let tree: JSONValue = ["{{ vars.name }}": ["n": "{{ vars.count }}", "l": [1, "{{ saga.id }}"]], "t": true]
        #expect(
            try tree.rendered(in: context) == ["{{ vars.name }}": ["n": 3, "l": [1, "saga-1"]], "t": true])
        let missing: JSONValue = ["headers": ["X-Id": ["a", "{{ vars.nope }}"]]]
        let error = #expect(throws: TemplateError.self) { try missing.rendered(in: context) }
        #expect(error?.description == "headers.X-Id[1]: vars.nope has no value")
        let broken = #expect(throws: TemplateError.self) { try JSONValue.object(["a b": "{{ x"]).rendered(in: context) }
        #expect(broken?.description == "[\"a b\"]: unknown path 'x' at character 4")
    }

    @Test func `Quoting holds for what shells and URLs stumble over`() {
        #expect(TemplateFilter.shellQuoted("") == "''")
        #expect(TemplateFilter.shellQuoted("$(id) \n`x` 'y'") == "'$(id) \n`x` '\\''y'\\'''")
        #expect(TemplateFilter.percentEncoded("a/b?c=d&e+f ü~") == "a%2Fb%3Fc%3Dd%26e%2Bf%20%C3%BC~")
    }
}
