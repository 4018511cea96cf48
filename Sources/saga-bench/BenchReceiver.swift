import FoundationEssentials
import HTTPTransport
import Subprocess
import SystemPackage

/// A real receiver process over a store, on a free loopback port.
struct BenchReceiver: Sendable {
    let url: String
    let http: CurlClient
    /// From the start of the process to the first 200 of /health/ready.
    let timeToReady: Duration
    private let pid: Int32

    struct NotStarted: Error {}

    static func with<Value: Sendable>(
        _ program: String, store: String, _ body: @Sendable (BenchReceiver) async throws -> Value
    ) async throws -> Value {
        let http = CurlClient(userAgent: "saga-bench")
        defer { http.close() }
        let environment: [Environment.Key: String] = [
            "PATH": "/usr/bin:/bin", "SAGA_STORE": store, "SAGA_LISTEN": "127.0.0.1:0", "SAGA_LOG_LEVEL": "error",
        ]
        let start = ContinuousClock.now
        let outcome = try await Subprocess.run(
            .path(FilePath(program)), environment: .custom(environment), input: .none, output: .sequence,
            error: .currentStandardError
        ) { execution in
            var text = ""
            var value: Value?
            for try await chunk in execution.standardOutput {
                text += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("listening on ") }) else {
                    continue
                }
                let url = String(line.dropFirst("listening on ".count))
                try await waitUntilReady(url, http)
                let receiver = BenchReceiver(
                    url: url, http: http, timeToReady: ContinuousClock.now - start,
                    pid: execution.processIdentifier.value)
                value = try await body(receiver)
                break
            }
            try? execution.send(signal: .terminate)
            return value
        }
        guard let value = outcome.closureResult else { throw NotStarted() }
        return value
    }

    private static func waitUntilReady(_ url: String, _ http: CurlClient) async throws {
        while true {
            if let answer = try? await http.send(HTTPRequest("GET", url + "/health/ready")), answer.status == 200 {
                return
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    struct Memory: Sendable {
        /// In MiB.
        var rss: Double
        var pss: Double
        /// The largest RSS since the start.
        var peak: Double
    }

    var memory: Memory {
        Memory(
            rss: field("VmRSS:", of: "/proc/\(pid)/status"), pss: field("Pss:", of: "/proc/\(pid)/smaps_rollup"),
            peak: field("VmHWM:", of: "/proc/\(pid)/status"))
    }

    /// A line `NAME: 1234 kB` in MiB; 0 where there is none.
    private func field(_ name: String, of path: String) -> Double {
        let line = Machine.contents(of: path).split(separator: "\n").first { $0.hasPrefix(name) }
        let kilobytes = line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Double($0) }
        return (kilobytes ?? 0) / 1024
    }
}
