import FoundationEssentials
import SagaCore
import Testing

@testable import saga_plugin

@Suite("Settings")
struct SettingsTests {
    @Test("without any variable, every setting has its documented default")
    func defaults() throws {
        let settings = try Settings(environment: ["PATH": "/bin"])
        #expect(settings.action == .start)
        #expect(settings.text(.saga) == "saga.yaml")
        #expect(settings.duration(.timeout) == .seconds(55 * 60))
        #expect(settings.onRestart == .resume)
        #expect(!settings.flag(.wait))
        #expect(!settings.isGiven(.store))
    }

    @Test(
        "flags are true, false, 1 or 0 in any case",
        arguments: [("true", true), ("1", true), ("TRUE", true), ("false", false), ("0", false)])
    func flags(text: String, expected: Bool) throws {
        #expect(try Settings(environment: ["PLUGIN_WAIT": text]).flag(.wait) == expected)
    }

    @Test("a map keeps numbers and texts apart, and an empty variable counts as absent")
    func maps() throws {
        let settings = try Settings(environment: [
            "PLUGIN_VARS": #"{"replicas":3,"version":"1.0"}"#, "PLUGIN_STORE": "",
        ])
        #expect(settings.map(.vars) == ["replicas": 3, "version": "1.0"])
        #expect(!settings.isGiven(.store))
    }

    @Test("every problem is told at once, and an unknown setting with the nearest known one")
    func problems() {
        let environment = [
            "PLUGIN_WAIT": "maybe", "PLUGIN_TIMEOUT": "5 minutes", "PLUGIN_VARS": "a=b", "PLUGIN_ACTION": "strat",
            "PLUGIN_PIPELINE": "-1", "PLUGIN_RECIEVER": "x", "PLUGIN_ZZZ": "x",
        ]
        let problems = #expect(throws: SettingsProblems.self) { try Settings(environment: environment) }?.problems ?? []
        #expect(problems.count == environment.count)
        #expect(problems.contains("unknown setting 'reciever'; did you mean 'receiver'?"))
        #expect(problems.contains("unknown setting 'zzz'"))
        #expect(problems.contains("setting 'wait' must be true or false, not 'maybe'"))
    }

    @Test("a secret map that is no map is not shown")
    func secrets() {
        let problems = #expect(throws: SettingsProblems.self) {
            try Settings(environment: ["PLUGIN_SECRETS": "hunter2"])
        }
        #expect(problems?.problems == ["setting 'secrets' must be a map"])
    }

    @Test(
        "what an action needs is asked for in words",
        arguments: [
            ([:], "one of 'store' (a path on a mounted volume) and 'receiver' (a URL) is needed"),
            (["STORE": "/s", "RECEIVER": "http://localhost"], "give one of 'store' and 'receiver', not both"),
            (["RECEIVER": "localhost:80"], "setting 'receiver' must be an absolute http or https URL"),
            (
                ["RECEIVER": "https://saga.example.com"],
                "setting 'token' is needed for a receiver that is not on loopback"
            ),
            (["STORE": "/s", "ACTION": "approve"], "action 'approve' needs the setting 'step'"),
            (["ACTION": "preflight"], "action 'preflight' needs the setting 'registries'"),
            (
                ["ACTION": "preflight", "REGISTRIES": "r.example/a,s.example", "USERNAME": "u", "PASSWORD": "p"],
                "'username' and 'password' are for one registry, and 'registries' lists 2; say in 'logins' which login "
                    + "is for which registry"
            ),
            (
                ["ACTION": "preflight", "REGISTRIES": "r.example", "USERNAME": "u"],
                "'username' and 'password' are needed together"
            ),
            (
                ["ACTION": "preflight", "REGISTRIES": "r.example,https://u:pass word@/x"],
                "setting 'registries': entry 2 is no registry such as registry.example.com, "
                    + "https://registry.example.com:5000 or registry.example.com/team/app"
            ),
            (
                ["ACTION": "preflight", "REGISTRIES": "r.example", "DOCKER_CONFIG": "/nowhere/config.json"],
                "setting 'docker_config' names /nowhere/config.json, which cannot be read"
            ),
            (
                ["ACTION": "preflight", "REGISTRIES": "r.example", "LOGINS": #"[{"username":"u"}]"#],
                "setting 'logins': entry 1 needs 'username' and 'password'"
            ),
            (
                ["ACTION": "retry", "PIPELINE": "7", "RECEIVER": "http://localhost"],
                "action 'retry' with 'pipeline' needs the setting 'repo', as owner/name"
            ),
            (
                ["ACTION": "retry", "REPO": "o/r", "RECEIVER": "http://localhost"],
                "action 'retry' with 'repo' needs the setting 'pipeline', its number"
            ),
            (
                ["ACTION": "retry", "REPO": "o/r", "PIPELINE": "7", "RECEIVER": "http://localhost", "ID": "x"],
                "action 'retry' takes a saga's 'id', or 'repo' and 'pipeline', not both"
            ),
            (
                ["ACTION": "retry", "REPO": "o/r", "PIPELINE": "7", "WOODPECKER_URL": "http://localhost"],
                "restarting a pipeline needs the setting 'receiver' with its 'token', or 'woodpecker_token': a personal "
                    + "token from Woodpecker's user settings, given with from_secret"
            ),
            (
                ["ACTION": "retry", "REPO": "o/r", "PIPELINE": "7", "WOODPECKER_TOKEN": "t"],
                "setting 'woodpecker_url' must be the http or https URL of the Woodpecker server"
            ),
            (
                ["ACTION": "retry", "REPO": "o/r", "PIPELINE": "7", "RECEIVER": "https://saga.example.com"],
                "setting 'token' is needed for a receiver that is not on loopback"
            ),
        ] as [([String: String], String)])
    func requirements(given: [String: String], problem: String) throws {
        let environment = Dictionary(uniqueKeysWithValues: given.map { ("PLUGIN_" + $0.key, $0.value) })
        #expect(Requirements.problems(try Settings(environment: environment), surroundings([:])) == [problem])
    }

    @Test(
        "what is enough is accepted",
        arguments: [
            ["STORE": "/s"], ["RECEIVER": "http://127.0.0.1:8080"], ["RECEIVER": "http://[::1]:8080"],
            ["RECEIVER": "https://saga.example.com", "TOKEN": "t"], ["ACTION": "validate"],
            ["STORE": "/s", "ACTION": "reject", "STEP": "gate"], ["ACTION": "preflight", "REGISTRIES": "r.example"],
            ["ACTION": "retry", "REPO": "o/r", "PIPELINE": "7", "RECEIVER": "http://localhost"],
            [
                "ACTION": "retry", "REPO": "o/r", "PIPELINE": "7", "WOODPECKER_URL": "http://localhost",
                "WOODPECKER_TOKEN": "t",
            ],
        ])
    func enough(given: [String: String]) throws {
        let environment = Dictionary(uniqueKeysWithValues: given.map { ("PLUGIN_" + $0.key, $0.value) })
        #expect(Requirements.problems(try Settings(environment: environment), surroundings([:])).isEmpty)
    }

    @Test("a registry is waited for a minute unless told otherwise, a saga for as long as it says")
    func timeouts() throws {
        #expect(try Settings(environment: [:]).timeout == .seconds(55 * 60))
        #expect(try Settings(environment: ["PLUGIN_ACTION": "preflight"]).timeout == .seconds(60))
        let given = ["PLUGIN_ACTION": "preflight", "PLUGIN_TIMEOUT": "5m"]
        #expect(try Settings(environment: given).timeout == .seconds(300))
    }

    @Test("the documentation ends with the table that the program prints")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "plugin/docs.md"), encoding: .utf8)
        #expect(page.hasSuffix("## Settings\n\n" + Help.markdown + "\n"))
        let parts = page.split(separator: "---\n", maxSplits: 2, omittingEmptySubsequences: false)
        try #require(parts.count == 3 && parts[0].isEmpty, "the page begins with front matter")
        let members = parts[1].split(separator: "\n").compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[colon...].dropFirst(2)))
        }
        let front = Dictionary(members) { first, _ in first }
        // What the plugin index reads; all but the name may be missing there.
        let known = ["name", "description", "url", "tags", "author", "icon", "containerImage", "containerImageUrl"]
        #expect(front.keys.allSatisfy { known.contains($0) }, "\(front.keys.sorted())")
        for name in ["name", "description", "tags", "containerImage"] { #expect(front[name]?.isEmpty == false) }
    }
}

/// A pipeline's environment on a host of its own.
func surroundings(_ environment: [String: String]) -> Surroundings {
    Surroundings(environment: environment, hostName: "agent-7", currentFolder: "/somewhere")
}
