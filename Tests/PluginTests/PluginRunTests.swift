import FoundationEssentials
import HTTPTransport
import Logging
import SagaClient
import SagaCore
import Synchronization
import TestSupport
import Testing

@testable import saga_plugin

@Suite("The plugin over a store")
struct PluginRunTests {
    private static let failing = """
        name: release
        vars: {version: "1"}
        steps:
          - {name: build, action: shell, config: {command: "true"}, compensate: unbuild}
          - {name: deploy, action: shell, depends_on: [build], config: {command: "exit 3"}, retry_policy: {max_attempts: 1}}
          - {name: unbuild, action: shell, config: {command: "true"}}
        """
    /// Fails until the file `fixed` is in the workspace; has nothing to undo.
    private static let fixable = """
        name: release
        steps:
          - {name: check, action: shell, config: {command: "test -e fixed"}, retry_policy: {max_attempts: 1}}
        """
    private static let gate = """
        name: release
        steps:
          - {name: gate, action: approval, config: {message: "go?"}}
        """

    @Test("a saga that fails is rolled back, told line by line, and ends with 1")
    func rollback() async throws {
        try await Bench.with(Self.failing) { bench async throws in
            let run = try await bench.run(["WAIT": "true"])
            #expect(run.status == .failed)
            #expect(run.out.contains { $0.contains("deploy") && $0.contains("failed") && $0.contains("attempt 1") })
            #expect(run.out.contains("rolled back: build (by unbuild)"))
            let output = try bench.output()
            #expect(output["status"] == "compensated")
            #expect(output["outputs"]?["build"]?["exit_code"] == 0)
        }
    }

    @Test("without 'wait' the step ends at once; again it finds its saga; with other content it ends with 2")
    func replays() async throws {
        try await Bench.with(Self.failing) { bench async throws in
            let first = try await bench.run([:], pipeline: 41)
            #expect(first.status == .ok)
            let id = try bench.output()["id"]
            let second = try await bench.run([:], pipeline: 41)
            #expect(second.status == .ok)
            #expect(try bench.output()["id"] == id)
            let other = try await bench.run(["VARS": #"{"version":"2"}"#], pipeline: 41)
            #expect(other.status == .misuse)
            #expect(other.complaints.first?.contains(id?.text ?? "?") == true)
        }
    }

    @Test("a restart resumes what failed, and starts anew after what completed")
    func restarts() async throws {
        try await Bench.with(Self.fixable) { bench async throws in
            #expect(try await bench.run(["WAIT": "true"], pipeline: 41).status == .failed)
            let id = try bench.output()["id"]
            #expect(try await bench.run(["ON_RESTART": "fail"], pipeline: 42, parent: 41).status == .failed)
            try bench.write("fixed", "")
            #expect(try await bench.run(["WAIT": "true"], pipeline: 42, parent: 41).status == .ok)
            #expect(try bench.output()["id"] == id)
            #expect(try await bench.run(["WAIT": "true"], pipeline: 43, parent: 41).status == .ok)
            #expect(try bench.output()["id"] != id)
        }
    }

    @Test("past max_retries a restart ends with 1 and says so")
    func exhausted() async throws {
        try await Bench.with("max_retries: 0\n" + Self.fixable) { bench async throws in
            #expect(try await bench.run(["WAIT": "true"], pipeline: 41).status == .failed)
            let again = try await bench.run(["WAIT": "true"], pipeline: 42, parent: 41)
            #expect(again.status == .failed)
            #expect(again.complaints.first?.contains("max_retries") == true)
        }
    }

    @Test("a wait that takes too long ends with 4; approved by another step, it ends with 0")
    func timeout() async throws {
        try await Bench.with(Self.gate) { bench async throws in
            // Again where the gate was not reached in so short a time: the same pipeline finds the same saga.
            let isApproved = try await Pause.until(.seconds(100)) {
                let waiting = try await bench.run(["WAIT": "true", "TIMEOUT": "300ms"])
                #expect(waiting.status == .timedOut)
                let id = try bench.output()["id"]?.text ?? "?"
                #expect(waiting.complaints.first?.contains(id) == true)
                let approval = try await bench.run(["ACTION": "approve", "STEP": "gate", "REASON": "looks good"])
                return approval.status == .ok
            }
            #expect(isApproved)
            #expect(try await bench.run(["ACTION": "wait"]).status == .ok)
            #expect(try await bench.run(["ACTION": "approve", "STEP": "gate"]).status == .failed)
        }
    }

    @Test("a stop while it waits ends with 4 and leaves the saga to others")
    func stop() async throws {
        try await Bench.with(Self.gate) { bench async throws in
            let stopped = try await bench.run(["WAIT": "true"], stopsAt: "waiting")
            #expect(stopped.status == .timedOut)
            #expect(try await bench.run(["ACTION": "cancel"]).status == .ok)
        }
    }

    @Test("a dry run starts nothing, and still finds what is wrong")
    func dry() async throws {
        try await Bench.with(Self.failing) { bench async throws in
            #expect(try await bench.run(["DRY_RUN": "true"]).status == .ok)
            #expect(try await bench.run(["DRY_RUN": "true", "VARS": #"{"versoin":"2"}"#]).status == .misuse)
            #expect(!bench.exists("saga.db"))
            #expect(!bench.exists(".saga/release.json"))
        }
    }

    @Test(
        "a bad definition is told with places; to validate it ends with 1, to start it with 2",
        arguments: [("validate", ProgramExit.failed), ("start", .misuse)])
    func definitions(action: String, expected: ProgramExit) async throws {
        try await Bench.with("name: release\nstepps: []\n") { bench async throws in
            let run = try await bench.run(["ACTION": action])
            #expect(run.status == expected)
            #expect((run.out + run.complaints).contains { $0.hasPrefix("saga.yaml:2:1: ") && $0.contains("'steps'") })
        }
    }

    @Test("an unusable store ends with 3, an unknown saga with 1")
    func places() async throws {
        try await Bench.with(Self.gate) { bench async throws in
            #expect(try await bench.run(["STORE": "none/saga.db"]).status == .unreachable)
            #expect(try await bench.run(["ACTION": "cancel", "ID": "nope"]).status == .failed)
            #expect(try await bench.run(["ACTION": "cancel"]).status == .misuse)
        }
    }
}

/// A workspace of its own with a definition and a store, where the plugin's steps run one after the other.
private struct Bench {
    let folder: String

    struct Run {
        var status: ProgramExit
        var out: [String]
        var complaints: [String]
    }

    static func with(_ definition: String, _ body: (Bench) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saga-plugin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bench = Bench(folder: folder.path)
        try bench.write("saga.yaml", definition)
        try await body(bench)
    }

    func run(
        _ given: [String: String], pipeline: Int? = nil, parent: Int = 0, stopsAt word: String? = nil
    ) async throws -> Run {
        var environment = ["PATH": "/usr/bin:/bin", "CI_WORKSPACE": folder, "PLUGIN_STORE": "saga.db"]
        for (name, value) in given { environment["PLUGIN_" + name] = value }
        if let pipeline {
            environment.merge([
                "CI_REPO": "acme/app", "CI_PIPELINE_NUMBER": "\(pipeline)", "CI_PIPELINE_PARENT": "\(parent)",
            ]) { $1 }
        }
        let settings = try Settings(environment: environment)
        let surroundings = Surroundings(environment: environment, hostName: "agent-7", currentFolder: folder)
        let http = CurlClient(userAgent: "test")
        defer { http.close() }
        let (out, complaints) = (Lines(), Lines())
        let stop = Stop()
        let console = Console(
            print: { line in
                out.add(line)
                if let word, line.contains(word) { #expect(stop.ring()) }
            }, complain: { complaints.add($0) })
        var log = Logger(label: "test")
        log.logLevel = .critical
        let plugin = Plugin(
            settings: settings, surroundings: surroundings,
            wiring: Wiring(settings: settings, surroundings: surroundings, http: http, log: log), console: console,
            now: { Moment(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }, stop: stop)
        let status = await plugin.run()
        return Run(status: status, out: out.all, complaints: complaints.all)
    }

    func output() throws -> JSONValue {
        let data = try Data(contentsOf: URL(filePath: folder + "/.saga/release.json"))
        return try JSONValue(parsing: Array(data))
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + name)
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}
