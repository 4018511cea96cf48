import FoundationEssentials
import Logging
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import Synchronization
import TestSupport
import Testing

/// The engine's loop over the real store, with actions that do what the test says.
@Suite(.timeLimit(.minutes(2))) struct EngineTests {
    struct Scripted: ActionRunner {
        let script: @Sendable (WorkOrder) async -> Outcome
        func run(_ order: WorkOrder) async -> Outcome { await script(order) }
    }

    /// Counts what goes through a ledger.
    final class Counting: Ledger {
        let base: any Ledger
        let decisions = Atomic<Int>(0)

        init(_ base: any Ledger) { self.base = base }

        func write<Result: Sendable>(
            _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
        ) async throws -> Result {
            decisions.add(1, ordering: .relaxed)
            return try await base.write(body)
        }

        func read<Result: Sendable>(
            _ body: @escaping @Sendable (any LedgerReading) throws -> Result
        ) async throws -> Result {
            try await base.read(body)
        }

        func changes() -> AsyncStream<Void> { base.changes() }
    }

    static let chain = """
        name: chain
        steps:
          - {name: a, action: sleep, config: {duration: 0s}, compensate: undo-a}
          - {name: b, action: sleep, config: {duration: 0s}, depends_on: [a]}
          - {name: c, action: sleep, config: {duration: 0s}, depends_on: [b]}
          - {name: d, action: sleep, config: {duration: 0s}, depends_on: [c]}
          - {name: e, action: sleep, config: {duration: 0s}, depends_on: [d]}
          - {name: undo-a, action: sleep, config: {duration: 0s}}
        """

    static func read(_ text: String) throws -> Definition { try DefinitionReader.read(text).definition }

    static func now() -> Moment {
        Moment(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    static func withStore(_ body: (String, SQLiteLedger) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saga-engine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "saga.db").path
        let ledger = try await SQLiteLedger(path: path) { try read($0) }
        try await body(path, ledger)
        await ledger.close()
    }

    static func engine(
        _ ledger: any Ledger, _ id: String = "one", _ script: @escaping @Sendable (WorkOrder) async -> Outcome
    ) -> Engine {
        Engine(
            ledger: ledger, runner: Scripted(script: script), executor: Executor(id: id, name: id, allowsShell: true),
            options: .init(gracePeriod: .seconds(1)), now: { now() },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    static func start(_ sagas: Sagas, _ text: String = chain) async throws -> String {
        let request = StartRequest(definition: try read(text), definitionText: text, actor: "test")
        return try await sagas.start(request).saga.id
    }

    /// Returns once every one of the sagas is over, looking again whenever the store has changed.
    static func settle(_ ids: [String], _ ledger: any Ledger) async throws {
        let changes = ledger.changes()
        var changed = changes.makeAsyncIterator()
        while true {
            let open = try await ledger.read { reading in
                try ids.contains { try reading.saga($0)?.status.isTerminal != true }
            }
            guard open else { return }
            _ = await changed.next()
        }
    }

    @Test func aSagaOfFiveStepsCostsSixDecisions() async throws {
        try await Self.withStore { _, store in
            let start = ContinuousClock.now
            let ledger = Counting(store)
            let engine = Self.engine(ledger) { _ in .succeeded(output: [:]) }
            let sagas = Sagas(ledger: ledger, engine: engine, now: { Self.now() })
            async let running: Void = engine.run()
            let id = try await Self.start(sagas)
            try await Self.settle([id], store)
            // The heartbeat is the only other thing that writes, once at the start and then every three seconds.
            let heartbeats = Int((ContinuousClock.now - start) / .seconds(3)) + 2
            let decisions = ledger.decisions.load(ordering: .relaxed)
            #expect((6...6 + heartbeats).contains(decisions), "\(decisions)")
            engine.stop()
            await running
        }
    }

    @Test func twoEnginesRunEveryAttemptOnce() async throws {
        try await Self.withStore { path, store in
            let other = try await SQLiteLedger(path: path) { try Self.read($0) }
            let runs = Mutex<[String: Int]>([:])
            let script: @Sendable (WorkOrder) async -> Outcome = { order in
                let key = order.saga.idempotencyKey(of: order.step)
                runs.withLock { $0[key, default: 0] += 1 }
                return .succeeded(output: [:])
            }
            let (one, two) = (Self.engine(store, "one", script), Self.engine(other, "two", script))
            async let first: Void = one.run()
            async let second: Void = two.run()
            // Started by nobody's engine, so that both find them in the due queue.
            let sagas = Sagas(ledger: store, now: { Self.now() })
            var ids: [String] = []
            for _ in 0..<30 { ids.append(try await Self.start(sagas)) }
            try await Self.settle(ids, store)
            one.stop()
            two.stop()
            _ = await (first, second)
            let counts = runs.withLock { $0 }
            #expect(counts.count == 150)
            #expect(counts.values.allSatisfy { $0 == 1 })
            await other.close()
        }
    }

    @Test func aStoppedEngineGivesItsWorkBack() async throws {
        try await Self.withStore { _, store in
            let (begun, begin) = AsyncStream<Void>.makeStream()
            let one = Self.engine(store, "one") { _ in
                begin.yield()
                // Goes on until it is cancelled.
                for await _ in AsyncStream<Void>.makeStream().stream {}
                return .failed(Failure(.unknown, "cancelled"))
            }
            async let first: Void = one.run()
            let id = try await Self.start(Sagas(ledger: store, engine: one, now: { Self.now() }))
            for await _ in begun { break }
            one.stop()
            await first
            let saga = try #require(try await store.read { try $0.saga(id) })
            #expect(saga.status == .running, "being stopped is no failure")
            let two = Self.engine(store, "two") { _ in .succeeded(output: [:]) }
            async let second: Void = two.run()
            try await Self.settle([id], store)
            two.stop()
            await second
            #expect(try await store.read { try $0.saga(id)?.status } == .completed)
        }
    }

    /// A process that was stopped for longer than a lease may find its own work in the due queue again.
    @Test func workThatIsStillRunningHereIsNotStartedBesideItself() async throws {
        try await Self.withStore { _, store in
            let runs = Mutex<(now: Int, most: Int, all: Int)>((0, 0, 0))
            let (begun, begin) = AsyncStream<WorkOrder>.makeStream()
            let (gate, open) = AsyncStream<Void>.makeStream()
            let engine = Self.engine(store) { order in
                let isFirst = runs.withLock { runs in
                    runs.now += 1
                    runs.all += 1
                    runs.most = max(runs.most, runs.now)
                    return runs.all == 1
                }
                begin.yield(order)
                // Deaf to being cancelled, as a call may be that waits for a server.
                if isFirst { await Task { for await _ in gate {} }.value }
                runs.withLock { $0.now -= 1 }
                return .succeeded(output: [:])
            }
            async let running: Void = engine.run()
            let id = try await Self.start(Sagas(ledger: store, engine: engine, now: { Self.now() }))
            var orders = begun.makeAsyncIterator()
            let first = try #require(await orders.next())
            let past = Self.now() + .seconds(-1)
            func takeovers() async throws -> Int {
                try await store.read { try $0.journal(of: id, after: 0, limit: .max) }
                    .count { $0.entry.kind == .attemptTakenOver }
            }
            let before = try await takeovers()
            let wasTakenOver = try await Pause.until(.seconds(60)) {
                // Again where a heartbeat came in between.
                _ = try await store.write { try $0.renew([first.claim], lease: Lease(owner: "one", until: past)) }
                return try await takeovers() > before
            }
            #expect(wasTakenOver)
            // A loop that claims and gives back would show in as many commits of others.
            for _ in 0..<200 {
                try await store.write { try $0.register(Executor(id: "x", name: "", allowsShell: false), at: past) }
            }
            let again = try await takeovers() - before
            #expect(again < 10, "\(again) takeovers for one lease that ran out")
            open.finish()
            try await Self.settle([id], store)
            engine.stop()
            await running
            let counted = runs.withLock { $0 }
            #expect(counted.most == 1, "the attempt ran beside itself")
            #expect(counted.all == 6, "the first run's end was lost with its claim, and each step ran once after it")
            #expect(try await store.read { try $0.saga(id)?.status } == .completed)
        }
    }

    @Test func retriesTimersAndUndosRunByThemselves() async throws {
        let text = """
            name: bumpy
            steps:
              - {name: a, action: api, config: {url: "http://x.example"}, compensate: undo-a}
              - name: b
                action: api
                depends_on: [a]
                retry_policy: {max_attempts: 3, initial_delay: 10ms}
                config: {url: "http://x.example"}
              - {name: slow, action: sleep, config: {duration: 30ms}, depends_on: [b]}
              - {name: bad, action: api, depends_on: [slow], timeout: 50ms, config: {url: "http://x.example"}}
              - {name: undo-a, action: api, config: {url: "http://x.example"}}
            """
        try await Self.withStore { _, store in
            let engine = Self.engine(store) { order in
                switch order.step.name {
                case "b" where order.step.attempt < 3: return .failed(Failure(.retryable, "busy"))
                case "slow": return .waits(Wait(.sleep(until: Self.now() + .milliseconds(30)), since: Self.now()))
                case "bad":
                    for await _ in AsyncStream<Void>.makeStream().stream {}
                    return .failed(Failure(.unknown, "cancelled"))
                default: return .succeeded(output: [:])
                }
            }
            async let running: Void = engine.run()
            let id = try await Self.start(Sagas(ledger: store, engine: engine, now: { Self.now() }), text)
            try await Self.settle([id], store)
            engine.stop()
            await running
            let saga = try #require(try await store.read { try $0.saga(id) })
            #expect(saga.status == .compensated)
            #expect(saga.step("b")?.attempt == 3)
            #expect(saga.step("bad")?.error == "timed out after 50ms")
            #expect(saga.errorCode == .stepFailed)
        }
    }
}
