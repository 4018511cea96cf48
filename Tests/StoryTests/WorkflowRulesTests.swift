import FoundationEssentials
import SagaCore
import Testing

@testable import saga_plugin

/// The project's own workflows and the plugin's examples keep the rules of Woodpecker's schema and linter, as far as
/// they use them; and the project's workflows are what they are meant to be.
@Suite struct WorkflowRulesTests {
    static let pipelines = WorkflowFile.all(in: ".woodpecker")

    static let workflowKeys: Set<String> = [
        "when", "steps", "services", "workspace", "matrix", "labels", "depends_on", "concurrency", "clone",
        "skip_clone",
        "variables",
    ]
    /// A step is a plugin if it has neither commands nor an entrypoint nor an environment.
    static let anyStepKeys: Set<String> = [
        "name", "image", "privileged", "pull", "directory", "when", "volumes", "depends_on", "detach", "failure",
        "backend_options",
    ]
    static let whenKeys: Set<String> = [
        "repo", "branch", "event", "ref", "cron", "platform", "instance", "path", "evaluate", "status",
    ]
    static let events: Set<String> = [
        "push", "pull_request", "pull_request_closed", "pull_request_metadata", "tag", "release", "deployment", "cron",
        "manual",
    ]

    static func texts(_ value: JSONValue?) -> [String] {
        value?.arrayValue?.map(\.text) ?? value.map { [$0.text] } ?? []
    }

    @Test(arguments: pipelines + WorkflowFile.all(in: "plugin/examples"))
    func itIsAWorkflow(file: WorkflowFile) throws {
        try Self.check(try file.json(["CI_COMMIT_SHA": "4f2c9d1", "CI_COMMIT_TAG": "v1"]))
    }

    /// - Parameter place: where it stands, if that is not the test's argument.
    static func check(_ workflow: JSONValue, _ place: Comment? = nil) throws {
        let keys = Set(try #require(workflow.objectValue).keys)
        #expect(keys.isSubset(of: workflowKeys), "\(place ?? "") \(keys.subtracting(workflowKeys))")
        try checkConditions(workflow["when"])
        let steps = try #require(workflow["steps"]?.arrayValue)
        #expect(!steps.isEmpty, place)
        let names = steps.compactMap { $0["name"]?.stringValue }
        #expect(Set(names).count == steps.count, "every step has a name of its own")
        for step in steps {
            #expect(step["image"]?.stringValue?.isEmpty == false, place)
            #expect(["fail", "ignore", "cancel", nil].contains(step["failure"]?.stringValue), "there is no other mode")
            #expect(texts(step["depends_on"]).allSatisfy(names.contains))
            try checkConditions(step["when"])
            let own = Set((step.objectValue ?? [:]).keys).subtracting(anyStepKeys)
            if step["settings"] != nil {
                #expect(own == ["settings"], "a plugin has no commands and no environment")
                try checkSettings(step)
            } else {
                #expect(own.isSubset(of: ["commands", "environment", "entrypoint"]) && own.contains("commands"))
                try checkCommands(step)
            }
        }
    }

    private static func checkConditions(_ when: JSONValue?) throws {
        for condition in when?.arrayValue ?? when.map({ [$0] }) ?? [] {
            let keys = Set(try #require(condition.objectValue).keys)
            #expect(keys.isSubset(of: whenKeys), "\(keys.subtracting(whenKeys))")
            #expect(texts(condition["event"]).allSatisfy(events.contains))
            #expect(texts(condition["status"]).allSatisfy { ["success", "failure"].contains($0) })
        }
    }

    /// Only the settings of this plugin are known here.
    private static func checkSettings(_ step: JSONValue) throws {
        guard step["image"]?.stringValue?.hasSuffix("saga-plugin") == true else { return }
        let environment = try PluginSettings.environment(
            step["settings"] ?? [:], secrets: PluginSettings.namedSecrets(step))
        let settings = try Settings(environment: environment)
        let problems = Requirements.problems(
            settings,
            Surroundings(
                environment: PluginStep(workspace: WorkflowFile.root).environment, hostName: "h",
                currentFolder: WorkflowFile.root))
        #expect(problems.isEmpty, "\(step["name"]?.text ?? "")")
    }

    /// Every script that is named is there and may be run.
    private static func checkCommands(_ step: JSONValue) throws {
        for command in texts(step["commands"]) {
            for word in command.split(separator: " ") where word.hasPrefix("ci/") {
                #expect(FileManager.default.isExecutableFile(atPath: WorkflowFile.root + "/" + word), "\(word)")
            }
        }
    }

    // MARK: What the project's own workflows are for

    /// The workflows that must be over before that one, near and far.
    static func before(_ name: String, _ seen: Set<String> = []) throws -> Set<String> {
        try #require(!seen.contains(name), "\(name) waits for itself")
        let file = try #require(pipelines.first { $0.name == name }, "\(name) is named and is not there")
        let near = texts(try file.json([:])["depends_on"])
        return try near.reduce(into: Set(near)) { all, next in
            all.formUnion(try before(next, seen.union([name])))
        }
    }

    @Test func imagesAreBuiltAfterThePreflightAndRetried() throws {
        let images = Self.pipelines.filter { $0.name.hasSuffix("-image") }
        #expect(images.map(\.name) == ["plugin-image", "receiver-image"])
        for image in images {
            let before = try Self.before(image.name)
            #expect(before == ["test", "preflight"])
            let steps = try image.json([:])["steps"]?.arrayValue ?? []
            #expect(steps.allSatisfy { Self.texts($0["commands"]).allSatisfy { $0.hasPrefix("ci/retry ") } })
        }
        let preflight = try #require(Self.pipelines.first { $0.name == "preflight" }).json([:])
        #expect(preflight["steps"]?.arrayValue?.first?["settings"]?["action"] == "preflight")
    }

    @Test func documentationIsOffTheCriticalPath() throws {
        let before = try Self.before("services-deployed")
        #expect(before == ["test", "preflight", "plugin-image", "receiver-image"])
        let beforeDocumentation = try Self.before("documentation")
        #expect(beforeDocumentation.contains("services-deployed"))
        for file in Self.pipelines {
            let all = try Self.before(file.name)
            #expect(!all.contains("documentation"))
        }
    }

    /// A workflow is dropped in silence where one that it waits for does not run on the same event.
    @Test func whatIsWaitedForRunsOnTheSameEvents() throws {
        func events(_ name: String) throws -> Set<String> {
            let file = try #require(Self.pipelines.first { $0.name == name })
            let conditions = try file.json([:])["when"]?.arrayValue ?? []
            return Set(conditions.flatMap { Self.texts($0["event"]) })
        }
        for file in Self.pipelines {
            let own = try events(file.name)
            for other in try Self.before(file.name) {
                let others = try events(other)
                #expect(own.isSubset(of: others), "\(file.name) waits for \(other)")
            }
        }
    }
}
