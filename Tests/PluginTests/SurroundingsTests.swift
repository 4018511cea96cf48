import SagaCore
import Testing

@testable import saga_plugin

@Suite("What the pipeline tells")
struct SurroundingsTests {
    private static let pipeline = [
        "CI_SYSTEM_URL": "https://ci.example.com/", "CI_REPO": "acme/app", "CI_PIPELINE_NUMBER": "42",
        "CI_WORKFLOW_NAME": "release", "CI_WORKFLOW_NUMBER": "2", "CI_STEP_NAME": "start", "CI_PIPELINE_PARENT": "0",
    ]

    @Test("the key names system, repository, pipeline, workflow and step")
    func key() {
        let surroundings = surroundings(Self.pipeline)
        #expect(surroundings.idempotencyKey == "ci.example.com/acme/app/42/release.2/start")
        #expect(surroundings.idempotencyKey(ofPipeline: "41") == "ci.example.com/acme/app/41/release.2/start")
    }

    @Test(
        "outside of a pipeline there is no key", arguments: [[:], ["CI_REPO": "acme/app"], ["CI_PIPELINE_NUMBER": "1"]])
    func noKey(environment: [String: String]) {
        #expect(surroundings(environment).idempotencyKey == nil)
    }

    @Test("a parent of 0 is none", arguments: [("0", nil), ("", nil), ("41", "41")] as [(String, String?)])
    func parent(text: String, expected: String?) {
        #expect(surroundings(["CI_PIPELINE_PARENT": text]).parent == expected)
    }

    @Test("a shell step sees neither settings nor credentials")
    func shell() {
        let environment = [
            "PATH": "/bin", "CI_REPO": "acme/app", "PLUGIN_TOKEN": "t", "PLUGIN_SAGA": "s", "SAGA_TOKEN": "t",
            "CI_NETRC_PASSWORD": "p", "DRONE_NETRC_MACHINE": "m", "DB_PASSWORD": "p",
        ]
        #expect(surroundings(environment).forShell == ["PATH": "/bin", "CI_REPO": "acme/app"])
    }

    @Test("paths are relative to the workspace, or to the current folder without one")
    func paths() {
        #expect(surroundings(["CI_WORKSPACE": "/woodpecker/src"]).path("a.yaml") == "/woodpecker/src/a.yaml")
        #expect(surroundings([:]).path("a.yaml") == "/somewhere/a.yaml")
        #expect(surroundings([:]).path("/a.yaml") == "/a.yaml")
    }

    @Test("notify tells of the workflow, or with 'build' of one step")
    func notify() throws {
        let surroundings = surroundings(Self.pipeline.merging(["CI_PIPELINE_STATUS": "failure"]) { $1 })
        let now = Moment(milliseconds: 5)
        let workflow = try Notice.signal(try Settings(environment: [:]), surroundings, at: now)
        #expect(
            workflow
                == Signal(
                    kind: .workflow, server: "https://ci.example.com/", repo: "acme/app", number: 42,
                    status: "failure", workflow: "release", workflowNumber: 2, at: now))
        let settings = try Settings(environment: ["PLUGIN_BUILD": "compile", "PLUGIN_STATUS": "success"])
        let step = try Notice.signal(settings, surroundings, at: now)
        #expect(step.kind == .step)
        #expect(step.step == "compile")
        #expect(step.status == "success")
    }

    @Test("everything that notify misses is told at once")
    func missing() throws {
        let settings = try Settings(environment: [:])
        let problems = #expect(throws: SettingsProblems.self) {
            try Notice.signal(settings, surroundings([:]), at: Moment(milliseconds: 0))
        }
        #expect(problems?.problems.count == 5)
    }
}
