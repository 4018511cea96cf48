import Logging
import SagaCore
import Telemetry
import Testing
import Webhooks

@testable import saga_receiver

@Suite struct ConfigurationTests {
    private func read(
        _ arguments: [String] = [], _ environment: [String: String] = [:], files: [String: String] = [:]
    ) throws -> Configuration {
        let request = try Configuration.read(arguments: arguments, environment: environment) { files[$0] }
        guard case .run(let configuration) = request else {
            throw ConfigurationProblems(lines: ["no run"])
        }
        return configuration
    }

    private func problems(
        _ arguments: [String] = [], _ environment: [String: String] = [:], files: [String: String] = [:]
    ) -> [String] {
        do {
            _ = try read(arguments, environment, files: files)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.lines
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `without any setting the defaults hold`() throws {
        let configuration = try read()
        #expect(configuration.store == "/var/lib/saga/saga.db")
        #expect(configuration.listen == ListenAddress("127.0.0.1:8080"))
        #expect(configuration.retention == .seconds(720 * 3600))
        #expect(configuration.reconcileInterval == .seconds(30))
        #expect(configuration.followsStream)
        #expect(!configuration.allowsShell)
        #expect(configuration.log.level == .info)
        #expect(configuration.webhookSecrets.isEmpty)
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: [
        ["--listen", "127.0.0.1:1"], ["--listen=127.0.0.1:1"], ["--saga-listen", "127.0.0.1:1"],
        ["--saga-listen=127.0.0.1:1"], ["--listen-file", "/f"],
    ])
    func `a flag beats the environment`(arguments: [String]) throws {
        let environment = ["SAGA_LISTEN": "127.0.0.1:2", "SAGA_STORE": "/s"]
        let configuration = try read(arguments, environment, files: ["/f": "127.0.0.1:1"])
        #expect(configuration.listen.port == 1)
        #expect(configuration.store == "/s")
    }

    @Test(arguments: [
        (["--allow-shell"], true), (["--allow-shell", "false"], false), (["--allow-shell=true"], true),
        (["--allow-shell", "--log-level", "debug"], true),
    ])
    func `a flag for on and off may stand alone`(arguments: [String], isOn: Bool) throws {
        #expect(try read(arguments).allowsShell == isOn)
    }

    @Test func `a file's one trailing newline is no part of the value`() throws {
        let environment = ["SAGA_SECRET_A_FILE": "/a", "SAGA_SECRET_B_FILE": "/b", "SAGA_SECRET_C_FILE": "/c"]
        let files = ["/a": "secret\n", "/b": "secret\n\n", "/c": "secret\r\n"]
        #expect(try read([], environment, files: files).stepSecrets == ["A": "secret", "B": "secret\n", "C": "secret"])
    }

    @Test(arguments: [
        (["SAGA_LISTEN": "8080"], "SAGA_LISTEN"), (["SAGA_LISTEN": "127.0.0.1:99999"], "SAGA_LISTEN"),
        (["SAGA_LISTEN": "0.0.0.0:8080"], "SAGA_LISTEN"), (["SAGA_LISTEN": ":8080"], "SAGA_LISTEN"),
        (["SAGA_STORE": "/a", "SAGA_STORE_FILE": "/b"], "SAGA_STORE"),
        (["SAGA_TOKENS_FILE": "/missing"], "SAGA_TOKENS_FILE"), (["SAGA_TOKENS": ""], "SAGA_TOKENS"),
        (["SAGA_TOKENS": "a:read"], "SAGA_TOKENS"), (["SAGA_TOKENS": "a:root:t"], "SAGA_TOKENS"),
        (["SAGA_TOKENS": "a:read:"], "SAGA_TOKENS"), (["SAGA_TOKENS": "a:read:x,a:read:y"], "SAGA_TOKENS"),
        (["SAGA_TOKENS": ":read:x"], "SAGA_TOKENS"), (["SAGA_TOKENS": "a:read:x,"], "SAGA_TOKENS"),
        (["SAGA_WEBHOOK_GITEA_SECRET": ""], "SAGA_WEBHOOK_GITEA_SECRET"),
        (["SAGA_WEBHOOK_GITLAB_SECRET": "a,"], "SAGA_WEBHOOK_GITLAB_SECRET"),
        (["SAGA_SECRET_DEPLOY": ""], "SAGA_SECRET_DEPLOY"),
        (["SAGA_WOODPECKER_TOKEN": "t"], "SAGA_WOODPECKER_TOKEN"),
        (["SAGA_WOODPECKER_URL": "ci.example.com"], "SAGA_WOODPECKER_URL"),
        (["SAGA_PUBLIC_URL": "https://"], "SAGA_PUBLIC_URL"), (["SAGA_ALLOW_SHELL": "maybe"], "SAGA_ALLOW_SHELL"),
        (["SAGA_RECONCILE_INTERVAL": "0"], "SAGA_RECONCILE_INTERVAL"), (["SAGA_RETENTION": "30d"], "SAGA_RETENTION"),
        (["SAGA_LOG_LEVEL": "loud"], "SAGA_LOG_LEVEL"), (["SAGA_LOG_FORMAT": "xml"], "SAGA_LOG_FORMAT"),
    ])
    func `a wrong value is one line that begins with the setting's name`(environment: [String: String], name: String) {
        let lines = problems([], environment)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(name) == true)
    }

    @Test func `all problems are told at once, and none shows a secret`() {
        let lines = problems(
            ["--listen=x", "--stroe", "/s", "extra", "--log-level"],
            ["SAGA_TOKENS": "geheim1:wizard:geheim2", "SAGA_RETENTION": "soon"])
        #expect(lines.count == 6)
        #expect(lines.contains { $0.contains("did you mean --store?") })
        #expect(!lines.joined().contains("geheim2"))
    }

    @Test func `a flag that is given twice is a problem`() {
        #expect(problems(["--store", "/a", "--saga-store", "/b"]).count == 1)
    }

    @Test func `tokens open other addresses than loopback`() throws {
        let configuration = try read([], ["SAGA_LISTEN": "[::]:0", "SAGA_TOKENS": "ci:start:a:b, ops:operate:c"])
        #expect(configuration.tokens.map(\.name) == ["ci", "ops"])
        #expect(configuration.tokens.first?.token == "a:b")
        #expect(configuration.tokens.map(\.scope) == [.start, .operate])
    }

    @Test func `what looks like a mistyped setting is warned about`() throws {
        let environment = [
            "SAGA_STOER": "/s", "SAGA_WEBHOOK_GITTEA_SECRET_FILE": "/f", "SAGA_WEBHOOK_SVN_SECRET": "x",
            "SAGA_SOMETHING_ELSE": "x", "SAGA_SECRET_SHORT": "abcde",
        ]
        let warnings = try read(["--tokens", "a:read:b"], environment).warnings
        #expect(warnings.count == 5)
        #expect(warnings.contains { $0.contains("SAGA_STOER") && $0.contains("did you mean SAGA_STORE?") })
        #expect(warnings.contains { $0.contains("did you mean SAGA_WEBHOOK_GITEA_SECRET_FILE?") })
        #expect(warnings.contains { $0.contains("SAGA_WEBHOOK_SVN_SECRET") })
        #expect(warnings.contains { $0.contains("SAGA_SECRET_SHORT is shorter") })
        #expect(warnings.contains { $0.contains("SAGA_TOKENS is on the command line") })
    }

    @Test func `an empty variable that is no secret counts as not set`() throws {
        #expect(try read([], ["SAGA_STORE": "", "SAGA_PUBLIC_URL": ""]).publicURL == nil)
    }

    @Test func `no retention keeps all`() throws {
        #expect(try read([], ["SAGA_RETENTION": "0"]).retention == nil)
    }

    @Test func `every setting stands in the help`() {
        for setting in Setting.all { #expect(Help.text.contains(setting.name + "=")) }
    }

    @Test(arguments: [
        ("127.0.0.1:80", true), ("127.1.2.3:80", true), ("[::1]:80", true), ("localhost:80", true),
        ("0.0.0.0:80", false), ("[::]:80", false), ("127.0.0.1.example.com:80", false), ("10.0.0.1:80", false),
    ])
    func `loopback is told from other addresses`(text: String, isLoopback: Bool) throws {
        #expect(try #require(ListenAddress(text)).isLoopback == isLoopback)
    }
}
