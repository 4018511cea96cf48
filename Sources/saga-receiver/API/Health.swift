import HTTPTransport
import SagaActions
import SagaCore
import SagaEngine
import Synchronization

/// Whether this receiver can do its work.
final class Health: Sendable {
    private let ledger: any Ledger
    private let engine: Engine
    private let executor: Executor
    let breakers: CircuitBreakers
    /// How deliveries come in, and the event stream.
    let webhooks: SourceStatus
    let stream: SourceStatus
    /// Nil where nothing is read from Woodpecker.
    private let reconciler: (interval: Duration, reads: WoodpeckerReads)?
    private let now: @Sendable () -> Moment
    private let isStopping = Atomic<Bool>(false)
    private let last = Mutex<(at: ContinuousClock.Instant, trouble: String?)?>(nil)

    /// Everybody may ask, so the store is tried that often at most.
    private static let patience: Duration = .seconds(1)

    init(
        ledger: any Ledger, engine: Engine, executor: Executor, breakers: CircuitBreakers, webhooks: SourceStatus,
        stream: SourceStatus, reconciler: (interval: Duration, reads: WoodpeckerReads)?,
        now: @escaping @Sendable () -> Moment
    ) {
        self.webhooks = webhooks
        self.stream = stream
        self.reconciler = reconciler
        self.ledger = ledger
        self.engine = engine
        self.executor = executor
        self.breakers = breakers
        self.now = now
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// Why it is not ready; nil when all is well.
    func trouble() async -> String? {
        if isStopping.load(ordering: .relaxed) { return "the receiver is stopping" }
        if let trouble = engine.trouble { return trouble }
        if let last = last.withLock({ $0 }), ContinuousClock.now - last.at < Self.patience { return last.trouble }
        var trouble: String?
        do {
            let moment = now()
            try await ledger.write { [executor] in try $0.register(executor, at: moment) }
        } catch {
            trouble = "the store cannot be written: \(error)"
        }
        let result = trouble
        last.withLock { $0 = (.now, result) }
        return result
    }

    /// Whether the engine gets on with the store.
    var isWorking: Bool { engine.trouble == nil }

    /// How news of pipelines come in: each of the three ways by itself.
    var sources: JSONValue {
        ["stream": stream.json(), "webhooks": webhooks.json(), "reconciler": reconciling]
    }

    /// `idle`, `working` or `failing`, and how the reads went; nil where nothing is read.
    var reading: (state: String, status: WoodpeckerReads.Status)? {
        guard let status = reconciler?.reads.status else { return nil }
        let state =
            switch (status.lastReadAt, status.lastErrorAt) {
            case (nil, nil): "idle"
            case (let read?, let error?): read >= error ? "working" : "failing"
            case (_?, nil): "working"
            case (nil, _?): "failing"
            }
        return (state, status)
    }

    private var reconciling: JSONValue {
        guard let reconciler, let (state, status) = reading else { return ["state": "off"] }
        return [
            "state": .string(state), "interval": .string(GoDuration.text(reconciler.interval)),
            "last_read_at": .time(status.lastReadAt), "last_error": status.lastError.map { .string($0) } ?? .null,
            "last_error_at": .time(status.lastErrorAt),
        ]
    }

    var circuits: JSONValue {
        let circuits = breakers.snapshot().map { reading -> JSONValue in
            [
                "host": .string(reading.host), "state": .string(reading.state.rawValue),
                "failures": .int(Int64(reading.failures)),
                "opened_at": reading.openedAt.map { .string($0.description) } ?? .null,
                "next_probe_at": reading.nextProbeAt.map { .string($0.description) } ?? .null,
            ]
        }
        return ["circuits": .array(circuits)]
    }
}
