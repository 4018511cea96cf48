import FoundationEssentials
import SagaCore
import Synchronization
import TestSupport
import Testing

/// What the worked releases meet: a receiver, a Woodpecker, services and a registry on one server, and the script that
/// their shell steps run. Everything succeeds unless it is told otherwise.
struct ReleaseWorld: Sendable {
    let receiver: Receiver
    let woodpecker: FakeWoodpecker
    private let services: LoopbackServer
    private let folder: String

    static let folder = "plugin/examples/releases"
    static let approver = "token-of-the-dba"
    static let commit = "4f2c9d1e7a6b58034c1d2e3f405162738495a6b7"

    private static let settings = [
        "SAGA_TOKENS": "ops:operate:\(Receiver.token),dba:operate:\(approver)",
        "SAGA_SECRET_DEPLOY_TOKEN": "secret-of-the-deployer", "SAGA_SECRET_DATABASE_PASSWORD": "secret-of-the-database",
    ]

    /// - Parameters:
    ///   - refused: what services refuse for good, as `PUT /path`.
    ///   - endings: how the pipelines of a repository end that do not all succeed.
    static func with(
        refused: Refusals = Refusals([]), endings: [String: [String]] = [:],
        _ body: @Sendable (ReleaseWorld) async throws -> Void
    ) async throws {
        try await withLoopbackServer({ answer($0, refused) }) { services in
            try await withFakeWoodpecker { woodpecker in
                for repo in ["octo/api", "octo/web", "octo/worker", "octo/deploy", "octo/smoke-tests"] {
                    let ends = endings[repo] ?? Array(repeating: "success", count: 9)
                    woodpecker.addRepo(repo, endings: ends)
                }
                woodpecker.addRepo(
                    "octo/shop", workflows: [("test", ["unit"]), ("image", ["push"]), ("docs", ["build"])],
                    endings: endings["octo/shop"] ?? [])
                try await Programs.withFolder { folder in
                    try putScript(into: folder)
                    let all = settings.merging(Receiver.woodpecker(woodpecker)) { $1 }
                    try await Receiver.with(store: folder, all) { receiver in
                        try await body(
                            ReleaseWorld(
                                receiver: receiver, woodpecker: woodpecker, services: services, folder: folder))
                    }
                }
            }
        }
    }

    /// Answers that may change while a saga runs.
    final class Refusals: Sendable {
        private let list: Mutex<Set<String>>

        init(_ list: Set<String>) { self.list = Mutex(list) }

        func replace(by new: Set<String>) { list.withLock { $0 = new } }
        func contains(_ call: String) -> Bool { list.withLock { $0.contains(call) } }
    }

    private static func answer(_ request: LoopbackServer.Request, _ refused: Refusals) -> LoopbackServer.Response {
        let call = "\(request.method) \(request.path)"
        if refused.contains(call) { return .json(#"{"why": "refused"}"#, status: 422) }
        switch call {
        case "HEAD \(request.path)" where request.path.hasPrefix("/v2/"):
            return LoopbackServer.Response(200, headers: [("Docker-Content-Digest", "sha256:5a6a")])
        case "GET /api/v1/query":
            let result = refused.contains("healthy") ? "" : #"{"metric": {}, "value": [1770000000, "0.002"]}"#
            return .json(#"{"status": "success", "data": {"resultType": "vector", "result": [\#(result)]}}"#)
        default: return .json(#"{"previous": "1.3.0"}"#)
        }
    }

    /// Notes which step it was called by, which is in its key, and fails where a file says so.
    private static func putScript(into folder: String) throws {
        let script = """
            #!/bin/sh
            test -n "$DATABASE_PASSWORD" || exit 2
            step=${3#*/}
            echo "${step%/*}" >> shell.log
            echo rows=42 >> "$SAGA_OUTPUT"
            test ! -e "fail-$1"
            """
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder + "/ops", withIntermediateDirectories: true)
        try Files.write(script, folder + "/ops/schema")
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/ops/schema")
    }

    /// Lets a command of the script fail.
    func failScript(_ command: String) throws { try Files.write("", "\(folder)/fail-\(command)") }

    /// Starts the release as it stands in its file, with the addresses of this world.
    func start(_ release: String, _ vars: JSONValue) async throws -> String {
        let text = try Files.read("\(WorkflowFile.root)/\(Self.folder)/\(release).yaml")
        return try await receiver.start(.string(here(text)), vars: vars)
    }

    private func here(_ text: String) -> String {
        text.replacing("registry.example.com/", with: "127.0.0.1:\(services.port)/")
            .replacing(#/https://[a-z]+\.example\.com/#, with: services.url)
    }

    /// The steps whose calls, pipelines or commands the outside has seen.
    var called: Set<String> {
        var steps = Set(services.requests.compactMap { $0.headers["x-saga-step"] })
        for repo in ["octo/api", "octo/web", "octo/worker", "octo/deploy", "octo/smoke-tests"] {
            steps.formUnion(woodpecker.pipelines(repo).compactMap { $0.variables["SAGA_STEP"] })
        }
        return steps.union(Files.lines(folder + "/shell.log"))
    }

    /// What services were sent by a step: method, path and body.
    func sent(by step: String) -> [(call: String, body: JSONValue)] {
        services.requests.filter { $0.headers["x-saga-step"] == step }.map {
            ("\($0.method) \($0.path)", (try? JSONValue(parsing: $0.body)) ?? .null)
        }
    }

    /// The undos in the order in which they were started.
    func undone(_ id: String) async throws -> [String] {
        let journal = try await receiver.send("GET", "/api/v1/sagas/\(id)/journal?limit=200").json["entries"]
        return (journal?.arrayValue ?? []).filter {
            $0["kind"] == "step_started" && $0["data"]?["role"] == "compensation"
        }.compactMap { $0["step"]?.stringValue }
    }

    /// Whether a step comes to say that of what it waits for; what a read has seen is no news of the saga.
    func says(_ words: String, _ step: String, of id: String) async throws -> Bool {
        try await Pause.until(.seconds(60)) {
            try await receiver.saga(id).step(step)?["waiting_for"]?.stringValue?.contains(words) == true
        }
    }
}
