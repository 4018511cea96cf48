import HTTPTransport
import SagaActions
import SagaCore
import Synchronization
import TestSupport

/// A clock that goes only when a test says so.
final class TestClock: Sendable {
    private let moment = Mutex(Build.start)

    var now: Moment { moment.withLock { $0 } }

    func advance(_ duration: Duration) {
        moment.withLock { $0 = $0 + duration }
    }
}

/// One step of one saga, given straight to the router over real HTTP.
struct Bench {
    let clock: TestClock
    let router: ActionRouter
    var vars: [String: JSONValue] = [:]
    var origin = Origin(ci: ["CI_REPO": "acme/app"])
    var generation = 1

    /// The saga's name for its only step.
    static let key = "0190a000-0000-7000-8000-000000000001/go/"

    func order(_ action: ActionKind, _ config: JSONValue, attempt: Int = 1, lastWait: Wait? = nil) -> WorkOrder {
        let definition = StepDefinition(name: "go", action: action, config: config)
        var saga = Build.saga(Build.definition([definition]), vars: vars)
        saga.origin = origin
        saga.status = .running
        saga.steps[0].status = .running
        saga.steps[0].attempt = attempt
        saga.steps[0].generation = generation
        saga.steps[0].startedAt = Build.start
        saga.steps[0].activity = .begun(at: clock.now, by: "one")
        saga.steps[0].lastWait = lastWait
        return WorkOrder(
            claim: Claim(saga: saga.id, step: "go", kind: .attempt, epoch: 1), saga: saga, step: saga.steps[0],
            definition: definition)
    }

    /// Runs one attempt.
    func run(_ action: ActionKind, _ config: JSONValue, attempt: Int = 1, lastWait: Wait? = nil) async -> Outcome {
        await router.run(order(action, config, attempt: attempt, lastWait: lastWait))
    }

    /// Reads an open wait.
    func read(_ wait: Wait, _ signals: [Signal] = [], action: ActionKind = .waitPipeline) async -> Outcome {
        var order = order(action, [:])
        order.claim.kind = .read
        order.step.activity = .waiting(wait)
        order.signals = signals.enumerated().map { index, signal in
            StoredSignal(id: Int64(index + 1), source: "gitea", receivedAt: clock.now, signal: signal)
        }
        return await router.run(order)
    }

    /// Parks a step and reads its wait once.
    func parkAndRead(
        _ action: ActionKind, _ config: JSONValue, _ signals: [Signal] = []
    ) async throws -> Outcome {
        try await read(await run(action, config).parked, signals, action: action)
    }
}

/// A bench whose HTTP client is closed at the end.
func withBench<Answer>(
    _ settings: ActionSettings = ActionSettings(), _ body: (Bench) async throws -> Answer
) async throws -> Answer {
    let http = CurlClient(userAgent: "woodpecker-saga/test")
    defer { http.close() }
    let clock = TestClock()
    let router = ActionRouter(settings: settings, http: http, breakers: CircuitBreakers()) { clock.now }
    return try await body(Bench(clock: clock, router: router))
}

/// A bench and a server that answers what it is told to.
func withBench<Answer>(
    _ settings: ActionSettings = ActionSettings(), answering handler: @escaping LoopbackServer.Handler,
    _ body: (Bench, LoopbackServer) async throws -> Answer
) async throws -> Answer {
    try await withLoopbackServer(handler) { server in
        try await withBench(settings) { try await body($0, server) }
    }
}

/// A bench beside a Woodpecker server with the repository `acme/app`, both by the same clock.
func withWoodpecker<Answer>(
    token: String? = "t0ken", workflows: [(name: String, steps: [String])]? = nil,
    _ body: (Bench, FakeWoodpecker) async throws -> Answer
) async throws -> Answer {
    let clock = TestClock()
    return try await withFakeWoodpecker(prefix: "/ci", now: { clock.now }) { fake in
        fake.addRepo("acme/app", workflows: workflows)
        let http = CurlClient(userAgent: "woodpecker-saga/test")
        defer { http.close() }
        var settings = ActionSettings(
            woodpecker: WoodpeckerAccess(url: fake.url, publicURL: "https://ci.example/ci", token: token))
        // The clock stands still between what a test does and what it reads.
        settings.readSharing = .zero
        let router = ActionRouter(settings: settings, http: http, breakers: CircuitBreakers()) { clock.now }
        return try await body(Bench(clock: clock, router: router), fake)
    }
}

/// A status that a test changes while a server answers with it.
final class TestStatus: Sendable {
    private let status: Mutex<Int>

    init(_ status: Int) {
        self.status = Mutex(status)
    }

    var value: Int {
        get { status.withLock { $0 } }
        set { status.withLock { $0 = newValue } }
    }
}

struct Unexpected: Error {
    var outcome: Outcome
}

extension Outcome {
    var succeeded: JSONValue {
        get throws {
            guard case .succeeded(let output) = self else { throw Unexpected(outcome: self) }
            return output
        }
    }

    var failure: Failure {
        get throws {
            guard case .failed(let failure) = self else { throw Unexpected(outcome: self) }
            return failure
        }
    }

    var parked: Wait {
        get throws {
            guard case .waits(let wait) = self else { throw Unexpected(outcome: self) }
            return wait
        }
    }

    var postponed: (until: Moment, reason: String) {
        get throws {
            guard case .postponed(let until, let reason) = self else { throw Unexpected(outcome: self) }
            return (until, reason)
        }
    }
}

extension Wait {
    var pipeline: PipelineWait? {
        guard case .pipeline(let pipeline) = subject else { return nil }
        return pipeline
    }
}

/// Looks again and again, giving way to others, until it holds or the time is up.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > end { return false }
        await Task.yield()
    }
    return true
}
