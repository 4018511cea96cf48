import FoundationEssentials
import SagaCore
import TestSupport
import Testing
import Webhooks

/// Every workflow in `plugin/examples`, each step run by the real plugin with the environment that Woodpecker makes of
/// its settings, and every saga that it starts run to its end.
@Suite(.timeLimit(.minutes(3))) struct ExampleStoryTests {
    static let secrets = [
        "saga_token": Receiver.token, "registry_password": "registry-password", "deploy_token": "deploy-token-value",
    ]

    /// What the examples call: a registry and three services. Everything succeeds.
    static let outside: LoopbackServer.Handler = { request in
        switch (request.method, request.path) {
        case ("POST", "/v2/octo/app/blobs/uploads/"): LoopbackServer.Response(202)
        case ("HEAD", _): LoopbackServer.Response(200, headers: [("Docker-Content-Digest", "sha256:5a6a")])
        default: .json(#"{"previous": "1.3.0"}"#)
        }
    }

    @Test(arguments: WorkflowFile.all(in: "plugin/examples"))
    func itRuns(example: WorkflowFile) async throws {
        try await withLoopbackServer(Self.outside) { outside in
            try await withFakeWoodpecker { woodpecker in
                woodpecker.addRepo("octo/app")
                for repo in ["octo/api", "octo/web", "octo/deploy"] {
                    woodpecker.addRepo(repo, endings: ["success", "success"])
                }
                try await Programs.withFolder { folder in
                    let settings = [
                        "SAGA_WOODPECKER_URL": woodpecker.url, "SAGA_WOODPECKER_TOKEN": "t0ken",
                        "SAGA_RECONCILE_INTERVAL": "1s",
                    ]
                    try await Receiver.with(store: folder, settings) { receiver in
                        let here: @Sendable (String) -> String = { text in
                            text.replacing("https://saga.example.com", with: receiver.url)
                                .replacing("https://db.example.com", with: outside.url)
                                .replacing("https://deploy.example.com", with: outside.url)
                                .replacing("https://app.example.com", with: outside.url)
                                .replacing("registry.example.com", with: "127.0.0.1:\(outside.port)")
                                .replacing("/data/saga.db", with: folder + "/shared.db")
                        }
                        try await Self.play(example, here, server: woodpecker.url, in: folder)
                        try await Self.finish(receiver)
                        let services = outside.requests.filter { !$0.path.hasPrefix("/v2/") }
                        #expect(services.allSatisfy { $0.headers["idempotency-key"] != nil })
                    }
                }
            }
        }
    }

    private static func play(
        _ example: WorkflowFile, _ here: (String) -> String, server: String, in folder: String
    ) async throws {
        let examples = "plugin/examples"
        try FileManager.default.createDirectory(
            atPath: "\(folder)/\(examples)", withIntermediateDirectories: true)
        for name in try Files.names(in: "\(WorkflowFile.root)/\(examples)") where name.hasSuffix(".yaml") {
            let text = try Files.read("\(WorkflowFile.root)/\(examples)/\(name)")
            try Files.write(here(text), "\(folder)/\(examples)/\(name)")
        }
        var environment = PluginStep(workspace: folder).environment
        environment["CI_SYSTEM_URL"] = server
        environment["CI_PIPELINE_URL"] = server + "/repos/1/pipeline/41"
        environment["CI_COMMIT_TAG"] = "v1.4.0"
        let workflow = WorkflowFile(name: example.name, text: here(example.text))
        let steps = try #require(try workflow.json(environment)["steps"]?.arrayValue)
        for step in steps {
            environment["CI_STEP_NAME"] = step["name"]?.stringValue
            let settings = try PluginSettings.environment(step["settings"] ?? [:], secrets: secrets)
            let result = try await Programs.run(
                "saga-plugin", [], environment.merging(settings) { $1 }, in: folder)
            #expect(result.exitCode == 0, "\(step["name"]?.text ?? ""): \(result.output) \(result.errors)")
            #expect(!secrets.values.contains { (result.output + result.errors).contains($0) })
        }
    }

    /// Ends what still waits for the forge's own job, and sees every saga completed.
    private static func finish(_ receiver: Receiver) async throws {
        let sagas = try await receiver.send("GET", "/api/v1/sagas").json["sagas"]?.arrayValue ?? []
        let waiting = sagas.filter { $0["name"] == "builds" }.compactMap { $0["id"]?.stringValue }
        for id in waiting {
            try await receiver.wait(for: id, step: "scan", toSay: "step 'scan'")
            let check = try #require(try DeliveryFile.load(.github).first { $0.name == "check_run-completed" })
            let commit = PluginStep(workspace: "").environment["CI_COMMIT_SHA"] ?? ""
            let body = Array(
                String(decoding: check.body, as: UTF8.self).replacing("lint", with: "scan")
                    .replacing("crew/app", with: "octo/app")
                    .replacing("4be1d6f0a2c94b7e8f3015dd6a7c2e9b80f41c37", with: commit).utf8)
            let headers =
                check.ownHeaders.map { ($0.name, $0.value) }
                + [("X-Hub-Signature-256", "sha256=" + Hooks.sign(body))]
            let posted = try await receiver.send("POST", "/webhooks/github", token: nil, body, headers: headers)
            #expect(posted.status == 202)
        }
        for id in sagas.compactMap({ $0["id"]?.stringValue }) {
            let saga = try await receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
        }
    }
}
