/// Where a saga was started: the `CI_*` values of the pipeline step, as far as there was one.
package struct Origin: Hashable, Sendable {
    /// `CI_*` names and values, captured at the start, without credentials.
    package var ci: [String: String]
    /// The saga that an earlier run of the same pipeline had started.
    package var previous: String?

    package init(ci: [String: String] = [:], previous: String? = nil) {
        self.ci = ci
        self.previous = previous
    }

    package var server: String? { ci["CI_SYSTEM_URL"] }
    package var repo: String? { ci["CI_REPO"] }
    package var number: Int64? { ci["CI_PIPELINE_NUMBER"].flatMap { Int64($0) } }

    /// The names other than `CI_*` under which an API caller may give the same facts.
    private static let names: [(json: String, variable: String)] = [
        ("server", "CI_SYSTEM_URL"), ("repo", "CI_REPO"), ("number", "CI_PIPELINE_NUMBER"),
        ("pipeline", "CI_PIPELINE_NUMBER"), ("workflow", "CI_WORKFLOW_NAME"), ("step", "CI_STEP_NAME"),
        ("commit", "CI_COMMIT_SHA"), ("branch", "CI_COMMIT_BRANCH"), ("event", "CI_PIPELINE_EVENT"),
        ("url", "CI_PIPELINE_URL"), ("author", "CI_PIPELINE_AUTHOR"), ("parent", "CI_PIPELINE_PARENT"),
    ]

    /// What a credential may be called: such values are never captured.
    package static func isCredential(_ variable: String) -> Bool {
        variable.hasPrefix("CI_NETRC") || variable == "CI_SCRIPT"
            || ["PASSWORD", "TOKEN", "SECRET"].contains { variable.contains($0) }
    }

    /// The `CI_*` part of an environment, credentials left out.
    package init(environment: [String: String]) {
        self.init(
            ci: environment.filter { $0.key.hasPrefix("CI_") && !$0.value.isEmpty && !Self.isCredential($0.key) })
    }

    /// Reads what `json` writes; also `CI_*` members beside or below `ci`. Members it does not know are left out.
    package init(json: JSONValue) {
        self.init()
        for members in [json["ci"]?.objectValue ?? [:], json.objectValue ?? [:]] {
            for (key, value) in members where key.hasPrefix("CI_") && !Self.isCredential(key) {
                ci[key] = value.text
            }
        }
        for (name, variable) in Self.names where ci[variable] == nil {
            if let value = json[name], !value.isNull, value.objectValue == nil { ci[variable] = value.text }
        }
        previous = json["previous"]?.stringValue
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["ci": .object(ci.mapValues { .string($0) })]
        for (name, variable) in Self.names where name != "number" {
            members[name] = ci[variable].map {
                name == "pipeline" ? Int64($0).map { .int($0) } ?? .string($0) : .string($0)
            }
        }
        members["previous"] = previous.map { .string($0) }
        return .object(members)
    }
}
