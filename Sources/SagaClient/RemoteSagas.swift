package import HTTPTransport
package import SagaCore

/// The desk of a receiver, over its REST API.
package struct RemoteSagas: SagaDesk {
    package let server: String
    let token: String?
    let http: any HTTPClient
    let patience: Duration
    let onRetry: @Sendable (String) -> Void

    /// - Parameters:
    ///   - server: the receiver's address, with or without a slash at its end.
    ///   - patience: for how long a request that may be repeated is repeated while the receiver does not answer.
    ///   - onRetry: is told why a request has to be repeated, so that nobody waits without a word.
    package init(
        server: String, token: String?, http: any HTTPClient, patience: Duration,
        onRetry: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.token = token
        self.http = http
        self.patience = patience
        self.onRetry = onRetry
    }

    package func start(_ order: StartOrder) async throws(DeskFailure) -> StartedSaga {
        let body = JSONValue.object(compacting: [
            "definition": .string(order.definition), "vars": .object(order.vars), "origin": order.origin.json,
            "idempotency_key": order.idempotencyKey.map(JSONValue.string),
        ])
        // Only a key makes a lost answer safe to ask for again.
        let answer = try await call("POST", "/api/v1/sagas", body: body, repeatable: order.idempotencyKey != nil)
        return StartedSaga(saga: answer.json, isReplay: answer.status == 200)
    }

    package func saga(_ id: String) async throws(DeskFailure) -> JSONValue {
        try await call("GET", path(id)).json
    }

    package func saga(withIdempotencyKey key: String) async throws(DeskFailure) -> JSONValue? {
        var filter = SagaFilter(limit: 1)
        filter.idempotencyKey = key
        return try await sagas(filter).sagas.first
    }

    package func addKey(_ key: String, to id: String) async throws(DeskFailure) {
        _ = try await call("POST", path(id, "keys"), body: ["idempotency_key": .string(key)])
    }

    package func sagas(_ filter: SagaFilter) async throws(DeskFailure) -> SagaPage {
        let query: [(String, String?)] = [
            ("name", filter.name), ("status", filter.status?.rawValue), ("since", filter.since?.description),
            ("idempotency_key", filter.idempotencyKey), ("limit", String(filter.limit)), ("cursor", filter.cursor),
        ]
        let json = try await call("GET", "/api/v1/sagas", query: query).json
        return SagaPage(sagas: json["sagas"]?.arrayValue ?? [], next: json["next_cursor"]?.stringValue)
    }

    package func journal(of id: String, after: Int64) async throws(DeskFailure) -> [JSONValue] {
        let query: [(String, String?)] = [("limit", "200"), ("cursor", after > 0 ? String(after) : nil)]
        let entries = try await call("GET", path(id, "journal"), query: query).json["entries"]?.arrayValue ?? []
        return entries.filter { ($0["id"]?.intValue ?? 0) > after }
    }

    package func signals(_ filter: SignalFilter) async throws(DeskFailure) -> SignalPage {
        let query: [(String, String?)] = [
            ("unmatched", filter.isUnmatched ? "true" : nil), ("limit", String(filter.limit)),
            ("cursor", filter.before.map { String($0) }),
        ]
        let json = try await call("GET", "/api/v1/signals", query: query).json
        return SignalPage(
            signals: json["signals"]?.arrayValue ?? [], next: json["next_cursor"]?.stringValue.flatMap { Int64($0) })
    }

    package func operate(_ operation: Operation, on id: String, reason: String?) async throws(DeskFailure) -> JSONValue
    {
        var body: [String: JSONValue] = [:]
        body["reason"] = reason.map(JSONValue.string)
        var parts = [operation.name]
        switch operation {
        case .retry(let force): body["force"] = .bool(force)
        case .complete(let step, let output):
            parts = ["steps", step, operation.name]
            body["output"] = output
        case .skip(let step), .fail(let step), .approve(let step), .reject(let step):
            parts = ["steps", step, operation.name]
        case .cancel, .kill, .compensate, .pause, .resume: break
        case .changeVars(let vars):
            body["vars"] = .object(vars)
            return try await call("PATCH", path(id), body: .object(body), repeatable: false).json
        case .supersede:
            throw .refused("a saga is superseded by starting another one")
        }
        return try await call("POST", path(id, parts), body: .object(body), repeatable: false).json
    }

    package func delete(_ id: String) async throws(DeskFailure) {
        _ = try await call("DELETE", path(id), repeatable: false)
    }

    package func deliver(_ signal: Signal) async throws(DeskFailure) -> [JSONValue] {
        // Told twice, a signal wakes a wait twice, and the wait reads the truth twice: harmless.
        try await call("POST", "/api/v1/signals", body: signal.json, repeatable: true).json["matched"]?.arrayValue ?? []
    }

    /// Restarts a pipeline through the receiver.
    ///
    /// - Returns: the new `number`, its `url`, and the `sagas` with the `steps` that follow it.
    package func restartPipeline(
        _ number: Int64, of repo: String, reason: String?
    ) async throws(DeskFailure) -> JSONValue {
        let body = JSONValue.object(compacting: ["reason": reason.map(JSONValue.string)])
        let path = "/api/v1/projects/\(Self.encoded(repo))/pipelines/\(number)/retry"
        return try await call("POST", path, body: body, repeatable: false).json
    }

    package func patient(_ patience: Duration) -> any SagaDesk {
        RemoteSagas(server: server, token: token, http: http, patience: patience)
    }

    func path(_ id: String, _ parts: String...) -> String {
        path(id, parts)
    }

    private func path(_ id: String, _ parts: [String]) -> String {
        (["/api/v1/sagas", Self.encoded(id)] + parts.map(Self.encoded)).joined(separator: "/")
    }
}
