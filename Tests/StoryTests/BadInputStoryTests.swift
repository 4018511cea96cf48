import FoundationEssentials
import SagaCore
import TestSupport
import Testing

/// Configurations and stores that cannot work: the receiver says why, whole and at once, and touches nothing.
@Suite(.timeLimit(.minutes(2))) struct BadInputStoryTests {
    static func receiver(
        _ environment: [String: String], _ arguments: [String] = [], in folder: String
    ) async throws -> Programs.Result {
        let base = ["SAGA_LISTEN": "127.0.0.1:0", "SAGA_STORE": folder + "/saga.db"]
        return try await Programs.run(
            "saga-receiver", arguments, base.merging(environment) { $1 }, in: folder)
    }

    @Test func everythingThatIsWrongIsReportedAtOnce() async throws {
        try await Programs.withFolder { folder in
            let result = try await Self.receiver(
                [
                    "SAGA_LISTEN": "0.0.0.0:99999", "SAGA_TOKENS": "a:b,c:read:", "SAGA_ALLOW_SHELL": "maybe",
                    "SAGA_RETENTION": "5", "SAGA_LOG_LEVEL": "loud", "SAGA_LOG_FORMAT": "xml",
                    "SAGA_RECONCILE_INTERVAL": "-1s", "SAGA_WEBHOOK_GITEA_SECRET": "",
                    "SAGA_WEBHOOK_GITHUB_SECRET": "a,,b", "SAGA_WEBHOOK_GENERIC_SECRET": "whsec_!!",
                    "SAGA_PUBLIC_URL": "ftp://x", "SAGA_TOKEN": "a:read:x",
                    "SAGA_WOODPECKER_TOKEN_FILE": folder + "/none",
                ], ["--lisen", "x"], in: folder)
            #expect(result.exitCode == 2)
            for word in [
                "SAGA_LISTEN", "SAGA_TOKENS: entry 1", "SAGA_TOKENS: entry 2", "SAGA_ALLOW_SHELL", "SAGA_RETENTION",
                "SAGA_LOG_LEVEL", "SAGA_LOG_FORMAT", "SAGA_RECONCILE_INTERVAL", "SAGA_WEBHOOK_GITEA_SECRET",
                "SAGA_WEBHOOK_GITHUB_SECRET, entry 2", "SAGA_WEBHOOK_GENERIC_SECRET", "SAGA_PUBLIC_URL",
                "SAGA_WOODPECKER_TOKEN_FILE", folder + "/none", "--listen", "warning: SAGA_TOKEN ", "SAGA_TOKENS?",
            ] {
                #expect(result.errors.contains(word), "\(word) in \(result.errors)")
            }
            #expect(try Files.names(in: folder) == [])
        }
    }

    /// Each with what is wrong alone.
    static let configurations: [([String: String], String)] = [
        (["SAGA_LISTEN": "0.0.0.0:0"], "SAGA_TOKENS"), (["SAGA_LISTEN": "[::]:0"], "SAGA_TOKENS"),
        (["SAGA_LISTEN": ":0"], "SAGA_TOKENS"), (["SAGA_LISTEN": "here"], "SAGA_LISTEN"),
        (["SAGA_TOKENS": "a:read:secret-one", "SAGA_TOKENS_FILE": "tokens"], "SAGA_TOKENS_FILE"),
        (["SAGA_TOKENS_FILE": "empty"], "SAGA_TOKENS_FILE"), (["SAGA_TOKENS_FILE": "none"], "none"),
        (["SAGA_TOKENS": "a:root:secret-one"], "SAGA_TOKENS"), (["SAGA_WEBHOOK_GITEA_SECRET": "octo/app="], "entry 1"),
        (["SAGA_TOKENS": "a:read:secret-one,a:read:secret-two"], "entry 2"),
    ]

    @Test(arguments: configurations) func wrongConfigurationIsTwo(
        _ environment: [String: String], word: String
    ) async throws {
        try await Programs.withFolder { folder in
            try Files.write("a:read:from-a-file", folder + "/tokens")
            try Files.write("", folder + "/empty")
            let result = try await Self.receiver(environment, in: folder)
            #expect(result.exitCode == 2, "\(result.errors)")
            #expect(result.errors.contains(word), "\(result.errors)")
            for secret in ["secret-one", "secret-two", "from-a-file"] {
                #expect(!result.errors.contains(secret), "a token is never shown")
            }
            #expect(!Files.exists(folder + "/saga.db"))
        }
    }

    @Test func settingsComeFromFilesAndFlagsToo() async throws {
        try await Programs.withFolder { folder in
            try Files.write("secret-in-a-file\n", folder + "/secret")
            try await Receiver.with(store: folder, ["SAGA_WEBHOOK_BITBUCKET_SECRET_FILE": folder + "/secret"]) {
                receiver in
                let body = Array("{}".utf8)
                for (secret, status) in [("secret-in-a-file", 200), ("secret-in-a-file\n", 401)] {
                    let answer = try await receiver.send(
                        "POST", "/webhooks/bitbucket", token: nil, body,
                        headers: [
                            ("X-Event-Key", "repo:push"), ("X-Hub-Signature", "sha256=" + Hooks.sign(body, secret)),
                        ])
                    #expect(answer.status == status, "the line's end in the file belongs to no secret")
                }
                // A flag wins over the environment; and a port that is taken is told with its cure.
                let port = receiver.url.split(separator: ":").last ?? ""
                let taken = try await Self.receiver(
                    ["SAGA_LISTEN": "0.0.0.0:0"], ["--listen", "127.0.0.1:\(port)", "--store=\(folder)/other.db"],
                    in: folder)
                #expect(taken.exitCode == 3, "\(taken.errors)")
                #expect(taken.errors.contains("127.0.0.1:\(port)"))
                #expect(taken.errors.contains("SAGA_LISTEN"))
                #expect(try await Programs.run("saga-receiver", ["--version"], in: folder).exitCode == 0)
                #expect(try await Programs.run("saga-receiver", ["--help"], in: folder).exitCode == 0)
            }
        }
    }

    /// What lies at the store's path, and words of the cure.
    static let stores: [(what: String, path: String, words: [String])] = [
        ("no folder", "none/saga.db", ["none", "create it"]), ("a folder", "folder", ["folder", "name a file"]),
        ("garbage", "garbage.db", ["not a SQLite database", "left as it is"]),
        ("another program's", "other.db", ["another program", "left as it is"]),
        ("a newer version's", "newer.db", ["newer version"]), ("half of one", "half.db", ["corrupt", "backup"]),
        ("overwritten pages", "broken.db", ["corrupt", "backup"]),
    ]

    @Test func aStoreThatCannotBeUsedIsThreeWithPathAndCureAndStaysAsItIs() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { _ = try await $0.start(Definitions.gate) }
            let good = try Files.bytes(folder + "/saga.db")
            let garbage = Data(String(repeating: "no database ", count: 400).utf8)
            var broken = good
            broken.replaceSubrange(
                4096..<min(good.count, 40960), with: Data(repeating: 0x5a, count: min(good.count, 40960) - 4096))
            try garbage.write(to: URL(filePath: folder + "/garbage.db"))
            try good.prefix(5000).write(to: URL(filePath: folder + "/half.db"))
            try broken.write(to: URL(filePath: folder + "/broken.db"))
            try SQLiteFiles.foreign(folder + "/other.db")
            try good.write(to: URL(filePath: folder + "/newer.db"))
            try SQLiteFiles.addMigration("99", to: folder + "/newer.db")
            try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: false)
            for (what, name, words) in Self.stores {
                let path = folder + "/" + name
                let before = try? Files.bytes(path)
                let result = try await Self.receiver(["SAGA_STORE": path], in: folder)
                #expect(result.exitCode == 3, "\(what): \(result.output) \(result.errors)")
                #expect(result.errors.contains(path), "\(what): \(result.errors)")
                for word in words { #expect(result.errors.contains(word), "\(what): \(result.errors)") }
                #expect((try? Files.bytes(path)) == before, "\(what)")
            }
        }
    }
}
