import SagaCore

/// The plugin as a step of pipeline octo/app#41, with the environment that Woodpecker gives it.
struct PluginStep {
    var workspace: String
    var number = 41
    var parent = 0

    var environment: [String: String] {
        [
            "CI": "woodpecker", "CI_SYSTEM_URL": "https://ci.example.com", "CI_SYSTEM_HOST": "ci.example.com",
            "CI_REPO": "octo/app", "CI_PIPELINE_NUMBER": "\(number)", "CI_PIPELINE_PARENT": "\(parent)",
            "CI_PIPELINE_URL": "https://ci.example.com/repos/7/pipeline/\(number)", "CI_PIPELINE_EVENT": "push",
            "CI_PIPELINE_STATUS": "success", "CI_COMMIT_SHA": "4f2c9d1e7a6b58034c1d2e3f405162738495a6b7",
            "CI_COMMIT_BRANCH": "main", "CI_WORKFLOW_NAME": "release", "CI_STEP_NAME": "saga",
            "CI_WORKSPACE": workspace,
        ]
    }

    func run(_ settings: [String: String]) async throws -> Programs.Result {
        var environment = environment
        for (name, value) in settings { environment["PLUGIN_" + name.uppercased()] = value }
        return try await Programs.run("saga-plugin", [], environment, in: workspace)
    }

    /// What the plugin left for later steps.
    func output(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: try Files.read(workspace + "/.saga/\(name).json"))
    }
}
