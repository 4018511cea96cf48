import RegistryClient
import TestSupport
import Testing

@testable import saga_plugin

@Suite("Registries and their logins")
struct RegistrySettingsTests {
    @Test(
        "an entry names a registry, and perhaps a repository in it",
        arguments: [
            ("registry.example.com", "registry.example.com", nil, "https://registry.example.com"),
            ("Registry.example.com:5000/", "registry.example.com:5000", nil, "https://registry.example.com:5000"),
            ("http://registry:5000", "registry:5000", nil, "http://registry:5000"),
            ("localhost:5000/team/app:1.2", "localhost:5000/team/app", "team/app", "http://localhost:5000"),
            ("https://127.0.0.1:5000/v2/", "127.0.0.1:5000", nil, "https://127.0.0.1:5000"),
            ("[::1]:5000/a", "[::1]:5000/a", "a", "http://[::1]:5000"),
            ("https://index.docker.io/v1/", "docker.io", nil, "https://registry-1.docker.io"),
            ("docker.io", "docker.io", nil, "https://registry-1.docker.io"),
            ("octo/app", "docker.io/octo/app", "octo/app", "https://registry-1.docker.io"),
            ("r.example/a/b@sha256:00", "r.example/a/b", "a/b", "https://r.example"),
            ("https://ada:p%40ss@r.example/a", "r.example/a", "a", "https://r.example"),
        ] as [(String, String, String?, String)])
    func targets(entry: String, name: String, repository: String?, url: String) throws {
        let target = try #require(RegistryTarget(entry))
        #expect(target.name == name)
        #expect(target.repository == repository)
        #expect(target.address.url == url)
        #expect(
            target.login
                == (entry.contains("@ss") || entry.contains("%40") ? .init(username: "ada", password: "p@ss") : nil))
    }

    @Test(
        "what is no registry is refused",
        arguments: [
            "https://", "/a", "r.example/A", "r.example/a b", "ftp://r.example", "https://u@r.example",
            "https://u:p%zz@r.example", "r.example//a", "https://:p@r.example", "r.example:port",
        ])
    func refusals(entry: String) {
        #expect(RegistryTarget(entry) == nil)
    }

    private func logins(_ given: [String: String]) throws -> RegistrySettings {
        let environment = Dictionary(uniqueKeysWithValues: given.map { ("PLUGIN_" + $0.key, $0.value) })
        return try RegistrySettings(try Settings(environment: environment), surroundings([:]))
    }

    @Test("each login is for its registry alone, and the nearer setting wins")
    func loginsByRegistry() throws {
        let config =
            #"{"auths": {"https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldDpjb2xvbg=="}, "#
            + #""r.example": {"username": "old", "password": "p"}}}"#
        let read = try logins([
            "DOCKER_CONFIG": config, "REGISTRIES": "docker.io,r.example,https://me:p3@s.example",
            "LOGINS": #"[{"registry": "https://r.example", "username": "new", "password": "p2"}]"#,
        ])
        #expect(read.targets.map(\.name) == ["docker.io", "r.example", "s.example"])
        #expect(read.logins[RegistryAddress("docker.io")] == .init(username: "hub", password: "secret:colon"))
        #expect(read.logins[RegistryAddress("r.example")] == .init(username: "new", password: "p2"))
        #expect(read.logins[RegistryAddress("s.example")] == .init(username: "me", password: "p3"))
        #expect(read.logins[RegistryAddress("other.example")] == nil)
    }

    @Test("a login without a registry is Docker Hub's, and 'username' is for the only registry")
    func singleLogin() throws {
        let hub = try logins(["LOGINS": #"{"username": "u", "password": "p"}"#])
        #expect(hub.logins[RegistryAddress("registry-1.docker.io")] == .init(username: "u", password: "p"))
        let only = try logins(["REGISTRIES": #"["r.example/a", "r.example/b"]"#, "USERNAME": "u", "PASSWORD": "p"])
        #expect(only.logins[RegistryAddress("r.example")] == .init(username: "u", password: "p"))
    }

    @Test(
        "a config that gives no login says why, and shows nothing of itself",
        arguments: [
            (#"{"auths": {}}"#, "has no 'auths' with a login in it"),
            (#"{"auths": {"#, "is no JSON object such as Docker's config.json"),
            (
                #"{"credsStore": "pass"}"#,
                "leaves the logins to a credential helper, which cannot be asked here; write them as 'auths'"
            ),
            (
                #"{"auths": {"r.example": {"auth": "%"}}}"#,
                "has no user name and password for 'r.example' under 'auths'"
            ),
        ])
    func configProblems(config: String, problem: String) {
        let problems = #expect(throws: SettingsProblems.self) { try logins(["DOCKER_CONFIG": config]) }
        #expect(problems?.problems == ["setting 'docker_config' " + problem])
    }
}
