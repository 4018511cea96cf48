import FoundationEssentials
import HTTPTransport
import HTTPTypes
import Hummingbird
import Logging
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import Synchronization
import Telemetry
import Webhooks

@testable import saga_receiver

/// A receiver's routes over a store of their own, without a port and without a running engine.
struct House: Sendable {
    let responder: Responder
    let routes: [Route]
    let sagas: Sagas

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPFields
        var text: String
        var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }
    }

    private struct Idle: ActionRunner {
        func run(_ order: WorkOrder) async -> Outcome { .postponed(until: order.saga.createdAt, reason: "a test") }
    }

    static let now = Moment(milliseconds: 1_769_850_307_123)

    static func with(_ body: (House) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "receiver-\(UInt64.random(in: 0...(.max)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "saga.db").path
        let ledger = try await SQLiteLedger(path: path) { try DefinitionReader.read($0).definition }
        do {
            try await body(try House(ledger))
        } catch {
            await ledger.close()
            throw error
        }
        await ledger.close()
    }

    private init(_ ledger: SQLiteLedger) throws {
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let executor = Executor(id: "e", name: "receiver on test", allowsShell: false)
        let now: @Sendable () -> Moment = { Self.now }
        let metrics = SagaMetrics(sources: ["generic", "api"], now: now)
        let store = ledger
        let ledger = MeasuredLedger(store, observe: metrics.observe)
        let engine = Engine(ledger: ledger, runner: Idle(), executor: executor, now: now, log: log)
        sagas = Sagas(ledger: ledger, now: now)
        let secrets: [Sender: SenderSecrets] = [
            .generic: try SenderSecrets(parsing: "geheimnis,o/bound=fesselung", sender: .generic)
        ]
        let health = Health(
            ledger: ledger, engine: engine, executor: executor, breakers: CircuitBreakers(),
            webhooks: SourceStatus("open"), stream: SourceStatus("off"), reconciler: nil, now: now)
        let api = API(
            sagas: sagas, webhooks: WebhookReader(secrets: secrets, servers: []), openSenders: [.generic],
            servers: ServerNames(url: "http://woodpecker:8000", publicURL: "https://ci.example.com"),
            woodpecker: nil, woodpeckerCheck: WoodpeckerCheck.Result(.none), allowsShell: false,
            publicURL: "https://saga.example.com",
            health: health, metrics: MetricsPage(counted: metrics, counts: StoreCounter(store), health: health),
            now: now,
            log: log)
        let tokens = [
            APIToken(name: "view", scope: .read, token: "r"), APIToken(name: "ci", scope: .start, token: "s"),
            APIToken(name: "ops", scope: .operate, token: "o"),
        ]
        routes = api.routes + [OpenAPIDocument(routes: api.routes, publicURL: api.publicURL, cookie: "saga").route]
        responder = Responder(
            routes: RouteTable(routes: routes), gate: Gate(tokens: tokens), log: log)
    }

    func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, token: String? = "o",
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = headers
        if let token, fields[.authorization] == nil { fields[.authorization] = "Bearer \(token)" }
        if body != nil, fields[.contentType] == nil { fields[.contentType] = "application/json" }
        let head = HTTPRequest(method: method, scheme: nil, authority: "127.0.0.1", path: path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
        let response = try await responder.response(to: request)
        let collector = Collector()
        try await response.body.write(collector)
        return Answer(status: response.status.code, headers: response.headers, text: collector.text)
    }

    /// Starts a saga whose first step waits for pipeline 7, as far as a store without an engine goes.
    func start(name: String = "demo", key: String? = nil) async throws -> String {
        let body: JSONValue = .object(compacting: [
            "definition": .string(
                "name: \(name)\nvars: {v: 1}\nsteps:\n  - {name: a, action: approval, config: {message: go}}\n"),
            "idempotency_key": key.map(JSONValue.string),
        ])
        return try await call(.post, "/api/v1/sagas", body.json).json["id"]?.stringValue ?? ""
    }
}

private final class Collector: ResponseBodyWriter, Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func write(_ buffer: ByteBuffer) async throws {
        bytes.withLock { $0 += buffer.readableBytesView }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
