import FoundationEssentials
import Glibc
import HTTPTransport
import SagaCore
import Subprocess
import SystemPackage
import Testing

/// A real receiver process on a free loopback port.
struct Receiver: Sendable {
    let url: String
    let process: ProcessIdentifier
    let http: CurlClient

    static let token = "story-operator-token"
    static let reader = "story-reader-token"
    static let secret = "story-webhook-secret"

    static let settings = [
        "SAGA_LISTEN": "127.0.0.1:0",
        "SAGA_TOKENS": "ops:operate:\(token),eyes:read:\(reader)",
        "SAGA_ALLOW_SHELL": "true", "SAGA_WEBHOOK_GITEA_SECRET": secret, "SAGA_WEBHOOK_GITHUB_SECRET": secret,
        "SAGA_WEBHOOK_FORGEJO_SECRET": secret, "SAGA_WEBHOOK_GITLAB_SECRET": secret,
    ]

    /// Runs the body beside a receiver whose store lies in `folder`, then ends it with SIGTERM: it must exit with 0.
    ///
    /// - Parameter fileBlocks: how far its files may grow at first, in blocks of 512 bytes, as on a disk that is
    ///   almost full.
    static func with(
        store folder: String, _ more: [String: String] = [:], settings: [String: String] = settings,
        fileBlocks: Int? = nil, _ body: @Sendable (Receiver) async throws -> Void
    ) async throws {
        var environment = settings
        environment["SAGA_STORE"] = folder + "/saga.db"
        environment.merge(more) { _, new in new }
        let http = CurlClient(userAgent: "story")
        let program = Programs.folder + "/saga-receiver"
        // Writing beyond the limit must fail like on a full disk, not end the process.
        let limited = ["-c", #"trap "" XFSZ; ulimit -S -f "$1"; exec "$0""#, program, "\(fileBlocks ?? 0)"]
        let outcome = try await Subprocess.run(
            .path(fileBlocks == nil ? FilePath(program) : "/bin/sh"),
            arguments: Arguments(fileBlocks == nil ? [] : limited), environment: Programs.custom(environment),
            workingDirectory: FilePath(folder), input: .none, output: .sequence, error: .discarded
        ) { execution in
            var text = ""
            for try await chunk in execution.standardOutput {
                text += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("listening on ") }) else {
                    continue
                }
                let url = String(line.dropFirst("listening on ".count))
                try await body(Receiver(url: url, process: execution.processIdentifier, http: http))
                break
            }
            #expect(text.contains("listening on"), "the receiver did not start")
            try? execution.send(signal: .terminate)
        }
        http.close()
        #expect(outcome.terminationStatus == .exited(0) || outcome.terminationStatus == .signaled(SIGKILL.number))
    }

    private enum SIGKILL { static let number: CInt = 9 }

    /// What no receiver survives.
    func kill() throws {
        try #require(Glibc.kill(process.value, 9) == 0)
    }

    struct Answer {
        var status: Int
        var json: JSONValue
        var text: String
    }

    func send(
        _ method: String, _ path: String, token: String? = Receiver.token, _ body: JSONValue? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(method, path, token: token, body.map { Array($0.json.utf8) }, headers: headers)
    }

    func send(
        _ method: String, _ path: String, token: String?, _ body: [UInt8]?, headers more: [(String, String)]
    ) async throws -> Answer {
        var headers = HTTPHeaders(more)
        if let token { headers["Authorization"] = "Bearer \(token)" }
        if body != nil, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let response = try await http.send(HTTPRequest(method, url + path, headers: headers, body: body))
        return Answer(
            status: response.status, json: (try? JSONValue(parsing: response.body)) ?? .null, text: response.text)
    }

    func saga(_ id: String) async throws -> JSONValue {
        try await send("GET", "/api/v1/sagas/\(id)").json
    }

    /// Follows the saga's events until it is as wanted; the suite's time limit bounds it.
    @discardableResult
    func wait(for id: String, _ what: String, until isReached: (JSONValue) -> Bool) async throws -> JSONValue {
        let stream = try await http.stream(
            HTTPRequest("GET", url + "/api/v1/sagas/\(id)/events", headers: ["Authorization": "Bearer \(Self.token)"]))
        try #require(stream.status == 200)
        for try await _ in stream.body {
            let last = try await saga(id)
            if isReached(last) { return last }
        }
        Issue.record("the events ended before \(what)")
        return .null
    }

    func waitForStatus(_ id: String, _ status: String) async throws -> JSONValue {
        try await wait(for: id, status) { $0["status"]?.stringValue == status }
    }
}
