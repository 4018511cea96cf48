import SagaCore
import TestSupport
import Testing

/// Images in Debian's registry: what is awaited there, and whether a build may push to it.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(if: Registry.isInstalled, "docker-registry and skopeo are not installed; ci/setup does it"))
struct RegistryStoryTests {
    static let secret = "registry-notification-token"

    static func awaiting(_ image: String) -> JSONValue {
        Definitions.saga("image", [:], Definitions.step("built", "wait_build", ["image": .string(image)], [:]))
    }

    /// The registry is read once at the start and then, here, not for hours: only its notification can end the wait.
    @Test func aPushIsAnnouncedByTheRegistryAndEndsTheWait() async throws {
        try await Programs.withFolder { folder in
            let settings = ["SAGA_WEBHOOK_REGISTRY_SECRET": Self.secret, "SAGA_RECONCILE_INTERVAL": "5h"]
            try await Receiver.with(store: folder, settings) { receiver in
                try await Registry.with(folder: folder, notifying: (receiver.url, "Bearer \(Self.secret)")) {
                    registry in
                    let image = "\(registry.host)/team/app:1.2"
                    let id = try await receiver.start(Self.awaiting(image))
                    try await receiver.wait(for: id, step: "built", toSay: "not in the registry yet")
                    _ = try await registry.push("team/app:1.1", from: folder)
                    let digest = try await registry.push("team/app:1.2", from: folder)
                    let saga = try await receiver.waitForEnd(of: id)
                    #expect(saga["status"] == "completed")
                    let output = saga["outputs"]?["built"]
                    #expect(output?["decided_by"] == "registry")
                    #expect(output?["image"]?.stringValue == image)
                    #expect(output?["digest"]?.stringValue == digest)
                    #expect(output?["media_type"] == "application/vnd.oci.image.manifest.v1+json")

                    // One that was announced before anybody waited counts too.
                    let other = try await receiver.run(Self.awaiting("\(registry.host)/team/app:1.1"))
                    #expect(other["status"] == "completed")
                }
            }
        }
    }

    /// No notification at all, and a registry that wants a login: its manifest alone is asked for.
    @Test func theManifestAloneEndsTheWait() async throws {
        try await Programs.withFolder { folder in
            try await Registry.with(folder: folder, isProtected: true) { registry in
                let login: JSONValue = ["username": .string(Registry.user), "password": .string(Registry.password)]
                let config: JSONValue = ["auths": .object([registry.host: login])]
                try Files.write(config.json, folder + "/config.json")
                let settings = [
                    "SAGA_RECONCILE_INTERVAL": "1s", "SAGA_REGISTRY_CONFIG_FILE": folder + "/config.json",
                ]
                try await Receiver.with(store: folder, settings) { receiver in
                    let image = "\(registry.host)/team/app:2.0"
                    let id = try await receiver.start(Self.awaiting(image))
                    try await receiver.wait(for: id, step: "built", toSay: "not in the registry yet")
                    let digest = try await registry.push("team/app:2.0", from: folder, asUser: true)
                    let saga = try await receiver.waitForEnd(of: id)
                    #expect(saga["status"] == "completed")
                    #expect(saga["outputs"]?["built"]?["digest"]?.stringValue == digest)
                    #expect(saga["outputs"]?["built"]?["decided_by"] == "registry")
                }
            }
        }
    }

    /// A plugin that runs its saga itself reads the registry with the logins of its own settings.
    @Test func aWaitingPluginReadsTheRegistryWithItsLogins() async throws {
        try await Programs.withFolder { folder in
            try await Registry.with(folder: folder, isProtected: true) { registry in
                let digest = try await registry.push("app:1", from: folder, asUser: true)
                let logins: JSONValue = [
                    [
                        "registry": .string("http://\(registry.host)"), "username": .string(Registry.user),
                        "password": .string(Registry.password),
                    ]
                ]
                let step = PluginStep(workspace: folder)
                let result = try await step.run([
                    "saga": Self.awaiting("\(registry.host)/app:1").json, "store": folder + "/saga.db", "wait": "true",
                    "logins": logins.json,
                ])
                #expect(result.exitCode == 0, "\(result.output) \(result.errors)")
                #expect(try step.output("image")["outputs"]?["built"]?["digest"]?.stringValue == digest)
                #expect(!(result.output + result.errors).contains(Registry.password))
            }
        }
    }

    @Test func aPreflightPassesWithTheRightLoginAndNamesWhatIsWrongWithAnother() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            try await Registry.with(folder: folder, isProtected: true) { registry in
                func preflight(_ more: [String: String]) async throws -> Programs.Result {
                    try await step.run(["action": "preflight"].merging(more) { $1 })
                }
                let target = registry.host + "/team/app"
                let good = try await preflight([
                    "registries": target, "username": Registry.user, "password": Registry.password,
                ])
                #expect(good.exitCode == 0, "\(good.output) \(good.errors)")
                #expect(good.output == "\(target): ok: answers, and accepts the login; push allowed\n")
                // The registry leaves empty folders of what was given up.
                #expect(!Files.tree(folder + "/registry").contains { $0.hasSuffix("/startedat") }, "an upload is left")

                let bad = try await preflight(["registries": target, "username": "octo", "password": "not-the-one"])
                #expect(bad.exitCode == 1)
                #expect(bad.output.hasPrefix("\(target): failed: bad credentials"))
                #expect(!(bad.output + bad.errors).contains("not-the-one"))

                let nobody = try await preflight(["registries": target])
                #expect(nobody.exitCode == 1)
                #expect(
                    nobody.output == "\(target): failed: push to team/app needs a login, and none was given (401)\n")

                let answers = try await preflight(["registries": registry.host])
                #expect(answers.exitCode == 0, "it answers, and nothing else was asked for")

                let secure = try await preflight(["registries": "https://" + target])
                #expect(secure.exitCode == 1)
                #expect(secure.output.hasPrefix("\(target): failed: TLS problem"))
            }
        }
    }

    @Test func aRegistryThatIsDownIsAskedAgainAndFailsThePreflight() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            // Nobody listens there, and nobody gets that port for the asking.
            let gone = "127.0.0.1:1"
            try await Registry.with(folder: folder) { registry in
                let result = try await step.run([
                    "action": "preflight", "registries": "\(gone),\(registry.host)/app", "timeout": "5s",
                ])
                #expect(result.exitCode == 1)
                let lines = result.output.split(separator: "\n")
                #expect(lines.count == 2, "\(result.output)")
                #expect(lines.first?.hasPrefix("\(gone): failed: unreachable: Could not connect") == true)
                #expect(lines.first?.hasSuffix(" times)") == true, "\(result.output)")
                #expect(lines.last == "\(registry.host)/app: ok: answers, and wants no login; push allowed")
                #expect(result.errors.contains("asking again"))
            }
        }
    }

    /// A registry that is still starting when the build begins.
    @Test func aRegistryThatComesUpMeanwhilePasses() async throws {
        try await Programs.withFolder { folder in
            let step = PluginStep(workspace: folder)
            let starting = Box()
            let settings: [String: String] = ["action": "preflight", "timeout": "60s"]
            try await withLoopbackServer({ _ in
                defer { starting.set(starting.get() + "x") }
                return starting.get().count < 2 ? .text("starting", status: 503) : .json("{}")
            }) { server in
                let result = try await step.run(settings.merging(["registries": server.url]) { $1 })
                #expect(result.exitCode == 0, "\(result.output)")
                #expect(result.output == "127.0.0.1:\(server.port): ok: answers, and wants no login\n")
                #expect(server.requests.count == 3)
            }
        }
    }
}
