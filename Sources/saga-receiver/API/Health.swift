import HTTPTransport
import SagaCore
import SagaEngine
import Synchronization

/// Whether this receiver can do its work.
final class Health: Sendable {
    private let ledger: any Ledger
    private let engine: Engine
    private let executor: Executor
    private let breakers: CircuitBreakers
    private let now: @Sendable () -> Moment
    private let isStopping = Atomic<Bool>(false)
    private let last = Mutex<(at: ContinuousClock.Instant, trouble: String?)?>(nil)

    /// Everybody may ask, so the store is tried that often at most.
    private static let patience: Duration = .seconds(1)

    init(
        ledger: any Ledger, engine: Engine, executor: Executor, breakers: CircuitBreakers,
        now: @escaping @Sendable () -> Moment
    ) {
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
