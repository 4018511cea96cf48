import FoundationEssentials
import HTTPTransport
import SagaCore
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// What Prometheus gets to see of a saga that is retried and waits for a signal.
@Suite(.timeLimit(.minutes(3))) struct MetricsStoryTests {
    /// In Debian's package `prometheus`.
    static let promtool = "/usr/bin/promtool"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: promtool)

    static let settings = ["SAGA_WOODPECKER_STREAM": "false", "SAGA_RECONCILE_INTERVAL": "1h"]

    static func counted(in folder: String) -> JSONValue {
        Definitions.saga(
            "counted", [:],
            Definitions.shell(
                "flaky", "test -e \(folder)/tried || { touch \(folder)/tried; exit 1; }",
                ["retry_policy": ["initial_delay": "10ms"]]),
            Definitions.step(
                "w", "wait_pipeline", ["repo": "octo/app", "number": 1], ["depends_on": ["flaky"]]),
            Definitions.shell("after", "true", ["depends_on": ["w"]]))
    }

    static func page(_ receiver: Receiver) async throws -> String {
        try await receiver.send("GET", "/metrics", token: nil).text
    }

    /// The samples by their name and labels, as they stand in the text.
    static func samples(_ receiver: Receiver) async throws -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in try await page(receiver).split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return samples
    }

    @Test func aSagaShowsInTheNumbers() async throws {
        try await Receiver.withWoodpecker(Self.settings) { receiver, fake, folder in
            fake.addPipeline(in: "octo/app", status: "running")
            let id = try await receiver.start(Self.counted(in: folder))
            try await receiver.wait(for: id, step: "w", toSay: "running")
            #expect(
                try await Pause.until(.seconds(60)) {
                    try await Self.samples(receiver)[#"saga_waits{action="wait_pipeline"}"#] == 1
                })
            #expect(try await Self.samples(receiver)[#"saga_active{status="running"}"#] == 1)

            fake.set("octo/app", 1, "success")
            let body = Hooks.status(number: 1)
            for (id, signature, status) in [("1", Hooks.sign(body, "wrong"), 401), ("2", nil, 202), ("2", nil, 200)] {
                let hook = Hooks.gitea(body, id: id, signature: signature)
                let answer = try await receiver.send("POST", "/webhooks/gitea", token: nil, body, headers: hook)
                #expect(answer.status == status)
            }
            #expect(try await receiver.waitForEnd(of: id)["status"] == "completed")
            #expect(
                try await Pause.until(.seconds(60)) {
                    try await Self.samples(receiver)[#"saga_active{status="running"}"#] == 0
                })

            let samples = try await Self.samples(receiver)
            let host = fake.url.split(separator: "/")[1]
            let expected: [String: Double] = [
                #"saga_total{name="counted",status="pending"}"#: 1,
                #"saga_total{name="counted",status="running"}"#: 1,
                #"saga_total{name="counted",status="completed"}"#: 1,
                #"saga_total{name="counted",status="failed"}"#: 0,
                #"saga_duration_seconds_count{name="counted",status="completed"}"#: 1,
                #"saga_step_duration_seconds_count{action="shell",status="completed"}"#: 2,
                #"saga_step_duration_seconds_count{action="wait_pipeline",status="completed"}"#: 1,
                #"saga_step_retries_total{action="shell"}"#: 1,
                #"saga_step_retries_total{action="wait_pipeline"}"#: 0,
                #"saga_signals_total{source="gitea",result="matched"}"#: 1,
                #"saga_signals_total{source="gitea",result="seen_before"}"#: 1,
                #"saga_signals_total{source="gitea",result="rejected"}"#: 1,
                #"saga_signals_total{source="github",result="matched"}"#: 0,
                "saga_signal_to_step_seconds_count": 1,
                #"saga_signal_to_step_seconds_bucket{le="+Inf"}"#: 1,
                #"saga_waits{action="wait_pipeline"}"#: 0,
                #"saga_circuit_breaker_state{host="\#(host)"}"#: 0,
                #"saga_source_up{source="webhooks"}"#: 1,
                #"saga_source_up{source="reconciler"}"#: 1,
                "saga_engine_up": 1,
            ]
            for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
            #expect(samples[#"saga_source_up{source="stream"}"#] == nil, "it is off")
            for source in ["webhooks", "reconciler"] {
                let last = samples[#"saga_source_last_event_timestamp_seconds{source="\#(source)"}"#]
                #expect(last ?? 0 > 1_700_000_000)
            }
            let commits = samples["saga_store_commit_seconds_count"] ?? 0
            #expect(commits > 5)
            #expect(samples["saga_store_commit_seconds_sum"] ?? 0 > 0)
            #expect(samples["saga_store_batch_size_count"] ?? 0 >= commits)
            #expect(samples["saga_store_batch_size_sum"] ?? 0 >= commits)

            let text = try await Self.page(receiver)
            for secret in [Receiver.secret, Receiver.token, "t0ken", id] { #expect(!text.contains(secret)) }
        }
    }

    @Test(.enabled(if: isInstalled, "Debian's package prometheus is not installed"))
    func promtoolFindsNothingToSay() async throws {
        try await Receiver.withWoodpecker { receiver, fake, folder in
            fake.addPipeline(in: "octo/app", status: "success")
            _ = try await receiver.run(Self.counted(in: folder))
            try Files.write(try await Self.page(receiver), folder + "/metrics")
            for arguments in [
                ["-c", "\(Self.promtool) check metrics < metrics"],
                ["-c", "\(Self.promtool) check rules \(WorkflowFile.root)/plugin/alerts.yml"],
            ] {
                let result = try await Subprocess.run(
                    .path("/bin/sh"), arguments: Arguments(arguments), workingDirectory: FilePath(folder),
                    output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
                #expect(
                    result.terminationStatus == .exited(0), "\(result.standardOutput) \(result.standardError)")
            }
        }
    }

    /// A name that was mistyped would never alarm.
    @Test func alertsDashboardAndGuidesKnowOnlyWhatIsThere() async throws {
        let alerts = try Files.read(WorkflowFile.root + "/plugin/alerts.yml")
        let dashboard = try Files.read(WorkflowFile.root + "/plugin/grafana.json")
        #expect(try JSONValue(parsing: dashboard)["panels"]?.arrayValue?.isEmpty == false)
        // Names that are no metrics: of a secret, and of fields in the log.
        let others: Set<String> = ["saga_token", "saga_id", "saga_name"]
        let guides = GuidePage.all.flatMap(\.codes).filter { $0.hasPrefix("saga_") && !others.contains($0) }
        try await Receiver.withWoodpecker { receiver, fake, folder in
            fake.addPipeline(in: "octo/app", status: "success")
            _ = try await receiver.run(Self.counted(in: folder))
            try await SourceStoryTests.connected(receiver, fake)
            let page = try await Self.page(receiver)
            let families = Set(page.matches(of: #/TYPE (saga_[a-z_]+) /#).map { String($0.1) })
            let samples = families.union(
                families.flatMap { family in ["_bucket", "_sum", "_count"].map { family + $0 } })
            for text in [alerts, dashboard, guides.joined(separator: " ")] {
                let named = Set(text.matches(of: #/saga_[a-z]+(?:_[a-z]+)*/#).map { String($0.0) })
                #expect(named.count > 5)
                #expect(named.subtracting(samples) == [])
            }
        }
    }
}
