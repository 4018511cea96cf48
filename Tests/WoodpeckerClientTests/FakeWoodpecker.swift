import HTTPTransport
import TestSupport
import WoodpeckerClient

/// A loopback server with the answers of a test, and a client that calls it with a token.
func withWoodpecker<Answer>(
    prefix: String = "", token: String? = "t0ken", _ handler: @escaping LoopbackServer.Handler,
    _ body: (WoodpeckerClient, LoopbackServer) async throws -> Answer
) async throws -> Answer {
    try await withLoopbackServer(handler) { server in
        let http = CurlClient(userAgent: "woodpecker-saga/test")
        defer { http.close() }
        return try await body(WoodpeckerClient(server: server.url + prefix, token: token, http: http), server)
    }
}

/// What a call must have thrown.
func problem<Value>(_ call: () async throws(WoodpeckerError) -> Value) async -> WoodpeckerError? {
    do throws(WoodpeckerError) {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}

/// One entry of a list of pipelines.
func listed(_ number: Int, parent: Int = 0, commit: String = "c0ffee", branch: String = "main") -> String {
    """
    {"id":\(number + 9000),"number":\(number),"parent":\(parent),"status":"success","event":"push",
    "commit":"\(commit)","branch":"\(branch)","variables":{"SAGA_KEY":"key-\(number)"}}
    """
}

/// A page of the list, cut from all pipelines the way the server cuts it.
func page(_ all: [String], _ request: LoopbackServer.Request) -> LoopbackServer.Response {
    let number = request.query.split(separator: "&").first { $0.hasPrefix("page=") }.flatMap { Int($0.dropFirst(5)) }
    let start = min(((number ?? 1) - 1) * 50, all.count)
    return .json("[" + all[start..<min(start + 50, all.count)].joined(separator: ",") + "]")
}
