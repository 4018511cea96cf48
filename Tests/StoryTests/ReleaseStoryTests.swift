import SagaCore
import Testing

@Suite(.timeLimit(.minutes(3))) struct ReleaseStoryTests {
    static func release(log: String) -> String {
        """
        name: release
        vars: {version: null}
        steps:
          - name: build
            action: wait_pipeline
            config: {number: 41}
          - name: migrate
            action: shell
            depends_on: [build]
            compensate: unmigrate
            config: {command: "echo migrate >> \(log)"}
          - name: deploy
            action: shell
            depends_on: [migrate]
            compensate: undeploy
            retry_policy: {max_attempts: 3, initial_delay: 20ms}
            config:
              command: |
                echo deploy $SAGA_ATTEMPT >> \(log)
                [ "$SAGA_ATTEMPT" = 3 ] && echo release=r-{{ vars.version | sh }} >> "$SAGA_OUTPUT"
          - name: check
            action: shell
            depends_on: [deploy]
            retry_policy: {max_attempts: 1}
            config: {command: "echo check {{ outputs.deploy.release | sh }} >> \(log); exit 1"}
          - name: undeploy
            action: shell
            config: {command: "echo undeploy {{ outputs.deploy.release | sh }} >> \(log)"}
          - name: unmigrate
            action: shell
            config: {command: "echo unmigrate >> \(log)"}
        """
    }

    static let effects = [
        "migrate", "deploy 1", "deploy 2", "deploy 3", "check r-1.4.0", "undeploy r-1.4.0", "unmigrate",
    ]

    /// The main job: the plugin starts it, a signed webhook completes the wait, a deployment fails twice and
    /// succeeds, a check fails for good, and the undos run in reverse.
    @Test func aReleaseIsStartedRetriedAndTakenBackInReverse() async throws {
        try await Programs.withFolder { folder in
            let log = folder + "/effects.log"
            try Files.write(Self.release(log: log), folder + "/saga.yaml")
            let step = PluginStep(workspace: folder)
            try await Receiver.with(store: folder) { receiver in
                let settings = [
                    "receiver": receiver.url, "token": Receiver.token, "vars": #"{"version":"1.4.0"}"#,
                ]
                let started = try await step.run(settings)
                #expect(started.exitCode == 0, "\(started.errors)")
                let id = try #require(try step.output("release")["id"]?.stringValue)
                let again = try await step.run(settings)
                #expect(again.exitCode == 0)
                #expect(try step.output("release")["id"]?.stringValue == id, "the same key starts nothing anew")
                let other = try await step.run(settings.merging(["vars": #"{"version":"2"}"#]) { $1 })
                #expect(other.exitCode == 2, "the same key with other content")

                let body = Hooks.status(number: 41)
                func deliver(_ headers: [(String, String)]) async throws -> Int {
                    try await receiver.send("POST", "/webhooks/gitea", token: nil, body, headers: headers).status
                }
                let forged = Hooks.gitea(body, id: "d0", signature: Hooks.sign(body, "wrong"))
                #expect(try await deliver(forged) == 401)
                #expect(try await receiver.saga(id)["status"] == "running")
                #expect(try await deliver(Hooks.gitea(body, id: "d1")) == 202)
                #expect(try await deliver(Hooks.gitea(body, id: "d1")) == 200, "seen before")

                let waited = try await step.run([
                    "action": "wait", "id": id, "receiver": receiver.url, "token": Receiver.token, "timeout": "60s",
                ])
                #expect(waited.exitCode == 1)
                #expect(waited.output.contains("rolled back"))
                #expect(Files.lines(log) == Self.effects)
                let saga = try await receiver.saga(id)
                #expect(saga["status"] == "compensated")
                #expect(saga["error_code"] == "step_failed")
                let deploy = saga["steps"]?.arrayValue?.first { $0["name"] == "deploy" }
                #expect(deploy?["retry_count"] == 2)
                #expect(deploy?["attempts"]?.arrayValue?.map { $0["status"] } == ["failed", "failed", "completed"])
                let output = saga["outputs"]?["build"]
                #expect(output?["number"] == 41)
                #expect(output?["decided_by"] == "gitea")
            }
        }
    }

    /// The same in one process over one file, without a receiver; the wait is ended by a `notify` of another step.
    @Test func aWaitingPluginRunsItsOwnSagaOverASharedStore() async throws {
        try await Programs.withFolder { folder in
            let log = folder + "/effects.log"
            try Files.write(Self.release(log: log), folder + "/saga.yaml")
            let step = PluginStep(workspace: folder)
            let store = folder + "/saga.db"
            async let waiting = step.run([
                "store": store, "wait": "true", "vars": #"{"version":"1.4.0"}"#, "timeout": "60s",
            ])
            let build = PluginStep(workspace: folder)
            // Early or late, a signal counts once; so it does not matter which of the two is first.
            let notified = try await build.run(["action": "notify", "store": store])
            #expect(notified.exitCode == 0, "\(notified.errors)")
            let result = try await waiting
            #expect(result.exitCode == 1, "\(result.errors)")
            #expect(Files.lines(log) == Self.effects)
            #expect(try step.output("release")["status"] == "compensated")
        }
    }

    /// Signals that came before the saga existed end its wait.
    @Test func aDeliveryBeforeTheWaitCounts() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let body = Hooks.status(number: 41)
                let early = try await receiver.send(
                    "POST", "/webhooks/gitea", token: nil, body, headers: Hooks.gitea(body, id: "early"))
                #expect(early.status == 202)
                let started = try await receiver.send(
                    "POST", "/api/v1/sagas",
                    [
                        "definition": [
                            "name": "late",
                            "steps": [
                                ["name": "w", "action": "wait_pipeline", "config": ["repo": "octo/app", "number": 41]]
                            ],
                        ]
                    ])
                #expect(started.status == 201, "\(started.text)")
                let id = try #require(started.json["id"]?.stringValue)
                let saga = try await receiver.waitForStatus(id, "completed")
                #expect(saga["outputs"]?["w"]?["status"] == "success")
            }
        }
    }

    /// A killed receiver loses nothing: its successor goes on from what was committed.
    @Test func aKilledReceiverIsTakenOverByItsSuccessor() async throws {
        try await Programs.withFolder { folder in
            let log = folder + "/effects.log"
            let definition: JSONValue = [
                "name": "long",
                "steps": [
                    ["name": "first", "action": "shell", "config": ["command": .string("echo first >> \(log)")]],
                    [
                        "name": "gate", "action": "approval", "depends_on": ["first"], "compensate": "undo",
                    ],
                    [
                        "name": "last", "action": "shell", "depends_on": ["gate"],
                        "config": ["command": .string("echo last >> \(log)")],
                    ],
                    ["name": "undo", "action": "shell", "config": ["command": "true"]],
                ],
            ]
            let ids = Box()
            try await Receiver.with(store: folder) { receiver in
                let started = try await receiver.send("POST", "/api/v1/sagas", ["definition": definition])
                let id = try #require(started.json["id"]?.stringValue)
                try await receiver.wait(for: id, "the gate") { saga in
                    saga["steps"]?.arrayValue?.contains { $0["name"] == "gate" && $0["status"] == "running" } == true
                }
                ids.set(id)
                try receiver.kill()
            }
            try await Receiver.with(store: folder) { receiver in
                let id = ids.get()
                let approve = try await receiver.wait(for: id, "the wait") {
                    $0["waiting_for"]?.stringValue?.contains("approval") == true
                }
                #expect(approve["status"] == "running")
                let answer = try await receiver.send(
                    "POST", "/api/v1/sagas/\(id)/steps/gate/approve", ["comment": "go"])
                #expect(answer.status == 200, "\(answer.text)")
                let saga = try await receiver.waitForStatus(id, "completed")
                #expect(saga["outputs"]?["gate"]?["approved_by"] == "ops")
                #expect(Files.lines(log) == ["first", "last"], "a completed step never runs again")
            }
        }
    }
}
