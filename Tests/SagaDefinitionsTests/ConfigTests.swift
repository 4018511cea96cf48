import SagaDefinitions
import Testing

/// The `config` of each action, on line 4 of a small definition.
@Suite struct ConfigTests {
    private func definition(_ action: String, _ config: String) -> String {
        "name: a\nvars: {v: 1}\nsteps: [{name: s, action: \(action), config:\n  \(config)}]"
    }

    @Test(arguments: [
        ("api", "{url: 'https://x.example.com', method: PUT, headers: {A: b, N: 1}, body: {a: [1]}}"),
        ("api", "{url: 'http://127.0.0.1:1/x', expect_status: 201}"),
        ("api", "{url: '{{ vars.v }}', expect_status: [200-204, '301', 404], request_timeout: '{{ vars.v }}'}"),
        ("api", "{url: 'HTTPS://x.example.com', output: {id: /data/0/id, all: ''}}"),
        ("shell", "{command: 'make', env: {A: 1, B: true}, working_dir: x, attempt_timeout: 5s}"),
        ("shell", "{args: [make, 5, '{{ vars.v }}']}"),
        (
            "wait_pipeline",
            "{repo: a/b, number: 7, workflows: [x], expect: failure, on_failed: restart, heal_window: 0s}"
        ),
        ("wait_pipeline", "{commit: '{{ ci.CI_COMMIT_SHA }}', branch: main, event: push}"),
        ("wait_pipeline", "{number: '{{ vars.v }}', expect: '{{ vars.v }}', workflows: '{{ vars.v }}'}"),
        ("wait_build", "{number: 7, workflow: build}"), ("wait_build", "{commit: abc, step: x, expect: [success]}"),
        ("wait_build", "{image: 'r.example.com/a:1', plain_http: true}"),
        ("run_pipeline", "{repo: a/b, branch: main, variables: {A: 1}, on_cancel: leave, on_failed: fail}"),
        ("approval", "{message: hi, approvers: [ann]}"), ("sleep", "{duration: 5m}"), ("sleep", "{duration: 0}"),
        ("sleep", "{until: '2026-01-31T09:00:00+02:00'}"), ("sleep", "{until: 2026-01-31T09:00:00Z}"),
    ])
    func `A sound config passes`(action: String, config: String) {
        #expect(lines(problems(definition(action, config))) == [])
    }

    @Test(arguments: [
        (
            "api", "{method: post}",
            "4:3 steps[0].config.url: 'url' is missing|4:12 steps[0].config.method: 'method' must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, not 'post' → POST"
        ),
        (
            "api", "{url: 'ftp://x'}",
            "4:9 steps[0].config.url: 'url' must be a URL that starts with http:// or https://, not 'ftp://x'"
        ),
        (
            "api", "{url: 'https://x', expect_status: 2xx}",
            "4:37 steps[0].config.expect_status: 'expect_status' must be an HTTP status such as 201 or a range such as 200-299, not '2xx'"
        ),
        (
            "api", "{url: 'https://x', expect_status: [299-200]}",
            "4:38 steps[0].config.expect_status[0]: 'expect_status[0]' must be an HTTP status such as 201 or a range such as 200-299, not '299-200'"
        ),
        (
            "api", "{url: 'https://x', output: {id: data.id, a b: /x}}",
            "4:35 steps[0].config.output.id: 'id' must be a JSON Pointer such as /data/id, not 'data.id'|4:44 steps[0].config.output[\"a b\"]: an output's name is made of letters, digits, '_' and '-'"
        ),
        ("api", "{url: 'https://x', header: {}}", "4:22 steps[0].config.header: unknown key 'header' → headers"),
        (
            "api", "{url: 'https://x', headers: {A: [1]}}",
            "4:35 steps[0].config.headers.A: 'A' must be text, a number, true or false, not a list"
        ),
        ("shell", "{env: {}}", "4:3 steps[0].config: one of 'command', 'args' is required"),
        ("shell", "{command: x, args: [y]}", "4:16 steps[0].config.args: only one of 'command', 'args' may be given"),
        ("wait_pipeline", "{}", "4:3 steps[0].config: one of 'number', 'commit' is required"),
        (
            "wait_pipeline", "{number: 0, branch: main}",
            "4:12 steps[0].config.number: 'number' must be a whole number, at least 1, not 0|4:15 steps[0].config.branch: 'branch' does not go together with 'number'"
        ),
        (
            "wait_pipeline", "{commit: 1234567, expect: [sucess]}",
            "4:12 steps[0].config.commit: 'commit' must be text, not 1234567 → \"1234567\"|4:30 steps[0].config.expect[0]: 'expect[0]' must be one of success, failure, error, killed, canceled, declined, skipped, blocked, created, pending, running, not 'sucess' → success"
        ),
        (
            "wait_pipeline", "{number: 1, on_failed: retry}",
            "4:26 steps[0].config.on_failed: 'on_failed' must be one of fail, restart, not 'retry'"
        ),
        ("wait_build", "{number: 1}", "4:3 steps[0].config: 'workflow' or 'step' is required"),
        (
            "wait_build", "{image: a, repo: b, number: 1}",
            "4:14 steps[0].config.repo: 'repo' does not go together with 'image'|4:23 steps[0].config.number: only one of 'number', 'commit', 'image' may be given"
        ),
        (
            "run_pipeline", "{number: 1, on_cancel: stop}",
            "4:4 steps[0].config.number: unknown key 'number'|4:26 steps[0].config.on_cancel: 'on_cancel' must be one of cancel, leave, not 'stop'"
        ),
        (
            "sleep", "{duration: 5m, until: 2026-01-31T09:00:00Z}",
            "4:18 steps[0].config.until: only one of 'duration', 'until' may be given"
        ),
        (
            "sleep", "{until: tomorrow}",
            "4:11 steps[0].config.until: 'until' must be a time such as 2026-01-31T09:00:00Z, not 'tomorrow'"
        ),
        ("approval", "text", "4:3 steps[0].config: 'config' must be a map, not 'text'"),
    ])
    func `A config that its action cannot use is told with its place`(action: String, config: String, expected: String)
    {
        #expect(lines(problems(definition(action, config))).joined(separator: "|") == expected)
    }

    @Test func `An action that needs a config says so where there is none`() {
        #expect(
            lines(problems("name: a\nsteps:\n- {name: s, action: api}")) == [
                "3:3 steps[0].config.url: 'url' is missing"
            ])
    }
}
