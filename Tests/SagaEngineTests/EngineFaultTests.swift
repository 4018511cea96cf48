import FoundationEssentials
import Logging
import SagaCore
import SagaEngine
import SagaStore
import Synchronization
import TestSupport
import Testing

/// The engine over a store that fails it at random, also after the commit.
@Suite(.timeLimit(.minutes(5))) struct EngineFaultTests {
    private static let definition = """
        name: chain
        steps:
          - {name: a, action: api, config: {url: "http://x.example"}, compensate: undo-a}
          - {name: b, action: api, depends_on: [a], config: {url: "http://x.example"}, compensate: undo-b}
          - {name: c, action: api, depends_on: [b], config: {url: "http://x.example"}}
          - {name: undo-a, action: api, config: {url: "http://x.example"}}
          - {name: undo-b, action: api, config: {url: "http://x.example"}}
        """

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everySagaEndsAndNoCompletedStepRunsAgain(seed: UInt64) async throws {
        try await EngineTests.withStore { _, store in
            let ledger = FaultyLedger(store, seed: seed, percent: 10)
            let time = FastClock(factor: 20)
            let runs = Mutex<[String: [Moment]]>([:])
            let runner = EngineTests.Scripted { order in
                runs.withLock { $0[order.saga.idempotencyKey(of: order.step), default: []].append(time.moment) }
                let fails = order.step.name == "c" && order.saga.id.hasSuffix("1")
                return fails ? .failed(Failure(.permanent, "no")) : .succeeded(output: [:])
            }
            let engine = Engine(
                ledger: ledger, runner: runner, executor: Executor(id: "one", name: "one", allowsShell: true),
                options: .init(gracePeriod: .seconds(1)), now: { time.moment }, clock: time,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            async let running: Void = engine.run()
            var ids: [String] = []
            for number in 0..<40 {
                ids.append(try await Self.start("saga-\(number)", ledger, time))
            }
            try await EngineTests.settle(ids, store)
            engine.stop()
            await running
            for id in ids {
                let saga = try #require(try await store.read { try $0.saga(id) })
                #expect(saga.status == (id.hasSuffix("1") ? .compensated : .completed))
                let journal = try await store.read { try $0.journal(of: id, after: 0, limit: .max) }
                for step in saga.steps {
                    let starts = runs.withLock { $0[saga.idempotencyKey(of: step)] ?? [] }
                    let takeovers = journal.count { $0.entry.kind == .attemptTakenOver && $0.entry.step == step.name }
                    #expect(starts.count <= 1 + takeovers, "\(step.name) of \(id), seed \(seed)")
                    if let end = step.completedAt {
                        #expect(
                            starts.allSatisfy { $0 <= end }, "\(step.name) of \(id) ran after its end, seed \(seed)")
                    }
                }
                #expect(journal.count { $0.entry.kind == .sagaStarted } == 1)
            }
            #expect(ledger.faults.refused > 0 && ledger.faults.denied > 0, "\(ledger.faults)")
        }
    }

    /// Asks again with the same key, as every client does that was not told how it went.
    private static func start(_ id: String, _ ledger: FaultyLedger, _ time: FastClock) async throws -> String {
        let request = StartRequest(
            definition: try EngineTests.read(definition), definitionText: definition, idempotencyKey: id, actor: "test")
        while true {
            do {
                let circumstances = Circumstances(now: time.moment)
                return try await ledger.write { try $0.start(request, id: id, circumstances).result.saga.id }
            } catch is StoreError {
                continue
            }
        }
    }
}
