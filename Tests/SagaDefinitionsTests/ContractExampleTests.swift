import SagaCore
import SagaDefinitions
import Testing

@Suite struct ContractExampleTests {
    static let yaml = #"""
        name: release                      # ^[a-z0-9][a-z0-9_-]{0,62}$
        description: Build, deploy, verify
        timeout: 2h                        # saga deadline
        max_retries: 3
        on_failure: compensate             # compensate (default) | stop
        compensation: sequential           # sequential (default) | parallel
        concurrency:
          key: "deploy/{{ vars.environment }}"
          policy: queue                    # queue (default) | reject | supersede
        vars:
          version:                         # null = the caller must give it
          environment: staging             # a default
        steps:
          - name: build
            action: run_pipeline
            depends_on: []
            when: {environment: [staging, production]}
            config: {}
            retry_policy: {max_attempts: 3, backoff_type: exponential, initial_delay: 5s, max_delay: 60s}
            timeout: 30m
            compensate: unbuild
            compensate_if: completed       # completed (default) | attempted
            pivot: false
            continue_on_failure: false
          - name: unbuild
            action: api
            config: {method: DELETE, url: "https://deploy.example.com/{{ outputs.build.number }}"}
        """#

    static let json = #"""
        {"name": "release", "description": "Build, deploy, verify", "timeout": "2h", "max_retries": 3,
        	"on_failure": "compensate", "compensation": "sequential",
        	"concurrency": {"key": "deploy\/{{ vars.environment }}", "policy": "queue"},
        	"vars": {"version": null, "environment": "staging"},
        	"steps": [
        		{"name": "build", "action": "run_pipeline", "depends_on": [],
        		"when": {"environment": ["staging", "production"]}, "config": {},
        		"retry_policy": {"max_attempts": 3, "backoff_type": "exponential", "initial_delay": "5s", "max_delay": "60s"},
        		"timeout": "30m", "compensate": "unbuild", "compensate_if": "completed", "pivot": false,
        		"continue_on_failure": false},
        		{"name": "unbuild", "action": "api",
        		"config": {"method": "DELETE", "url": "https://deploy.example.com/{{ outputs.build.number }}"}}
        	]}
        """#

    static let definition = Definition(
        name: "release", description: "Build, deploy, verify", timeout: .seconds(7200), maxRetries: 3,
        onFailure: .compensate, compensation: .sequential,
        concurrency: .init(key: "deploy/{{ vars.environment }}", policy: .queue),
        vars: [.init(name: "version", standard: nil), .init(name: "environment", standard: "staging")],
        steps: [
            StepDefinition(
                name: "build", action: .runPipeline, when: ["environment": ["staging", "production"]],
                timeout: .seconds(1800), compensate: "unbuild"),
            StepDefinition(
                name: "unbuild", action: .api,
                config: ["method": "DELETE", "url": "https://deploy.example.com/{{ outputs.build.number }}"],
                role: .compensation),
        ])

    @Test(arguments: [yaml, json, yaml.replacing("\n", with: "\r\n"), "\u{FEFF}" + yaml, "\u{FEFF}" + json])
    func `The example is read as what it means, in YAML as in JSON`(text: String) throws {
        let checked = try DefinitionReader.read(text)
        #expect(checked.definition == Self.definition)
        #expect(checked.warnings == [])
    }

    @Test func `Whatever is left out takes its default`() throws {
        let definition = try DefinitionReader.read("name: a\nsteps: [{name: b, action: approval}]").definition
        #expect(definition == Definition(name: "a", steps: [StepDefinition(name: "b", action: .approval)]))
        #expect(definition.maxRetries == 3 && definition.steps[0].retryPolicy == .standard)
        #expect(definition.steps[0].timeout == .seconds(86_400))
    }

    @Test func `Configs are brought into one form`() throws {
        let text = """
            name: a
            steps:
              - name: run
                action: run_pipeline
                config: {variables: {VERSION: 1.10, DEBUG: true}, expect: success, workflows: "{{ vars.w }}"}
              - name: wait
                action: wait_pipeline
                depends_on: run
                config: {number: "{{ outputs.run.number }}", expect: [success, failure], branch: }
            vars: {w: [a, b]}
            """
        let steps = try DefinitionReader.read(text).definition.steps
        #expect(
            steps[0].config == [
                "variables": ["VERSION": "1.10", "DEBUG": "true"], "expect": ["success"], "workflows": "{{ vars.w }}",
            ])
        #expect(steps[1].config == ["number": "{{ outputs.run.number }}", "expect": ["success", "failure"]])
        #expect(steps[1].dependsOn == ["run"])
    }
}
