import FoundationEssentials
import GRDB
import HTTPTransport
import Logging
import SagaActions
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import Synchronization
import Telemetry

/// How many durable sagas of five sequential steps (`sleep` of 0 s) a second, 64 at once, in one process, with the
/// product's own store, engine and actions; beside what bare SQLite makes of the same commits (`RawCommits`).
///
/// A saga of n steps costs n+1 decisions, each of which its caller sees only after it is on disk. Both sides take
/// turns, so that a disk which changes its mind is the same for both; the median of the rounds is shown.
struct Throughput {
    let size: Size
    let folder: String

    static let concurrency = 64
    static let steps = 5

    private static let definition: String = {
        let steps = (1...Throughput.steps).map { number in
            """
              - name: step-\(number)
                action: sleep
                config: {duration: 0s}\(number > 1 ? "\n    depends_on: [step-\(number - 1)]" : "")
            """
        }
        return "name: bench\nsteps:\n" + steps.joined(separator: "\n") + "\n"
    }()

    func lines() async throws -> [Report.Line] {
        var rates: [Double] = []
        var raws: [Double] = []
        var bares: [Double] = []
        var groups: [Double] = []
        for round in 1...size.rounds {
            let made = try await measure(path: folder + "/throughput-\(round).db")
            rates.append(Double(size.sagas) / made.time.seconds)
            groups.append(Double(made.groups.reduce(0, +)) / Double(made.groups.count))
            let raw = RawCommits(path: folder + "/raw-\(round).db", groups: made.groups)
            raws.append(Double(size.sagas) / (try await raw.sameRows()).seconds)
            bares.append(Double(size.sagas) / (try await raw.oneRow()).seconds)
        }
        let (rate, raw, bare) = (Sample(rates).median, Sample(raws).median, Sample(bares).median)
        let ratio = Sample(zip(rates, raws).map { $0 / $1 }).median
        let bareRatio = Sample(zip(rates, bares).map { $0 / $1 }).median
        return [
            .init(title: "durable \(Self.steps)-step sagas, \(Self.concurrency) at once", figure: "\(rate.shown(0))/s"),
            .init(title: "  decisions a commit (mean)", figure: Sample(groups).median.shown(1)),
            .init(title: "  raw SQLite, same commits, same rows", figure: "\(raw.shown(0))/s"),
            .init(title: "  of that", figure: ratio.shown(2), aim: ">= 0.50", isMet: ratio >= 0.5),
            .init(title: "  raw SQLite, same commits, one row a decision", figure: "\(bare.shown(0))/s"),
            .init(title: "  of that", figure: bareRatio.shown(2)),
        ]
    }

    /// - Returns: the time from the first start to the last end, and the decisions of each physical commit in it.
    private func measure(path: String) async throws -> (time: Duration, groups: [Int]) {
        let groups = Mutex<[Int]>([])
        let ledger = try await SQLiteLedger(
            path: path, read: { try DefinitionReader.read($0).definition },
            didCommit: { decisions, _ in groups.withLock { $0.append(decisions) } })
        let http = CurlClient(userAgent: "saga-bench")
        let runner = ActionRouter(
            settings: ActionSettings(), http: http, breakers: CircuitBreakers { _, _, _ in }, now: WallClock.now)
        var log = Logger(label: "saga-bench")
        log.logLevel = .error
        let engine = Engine(
            ledger: ledger, runner: runner,
            executor: Executor(id: "receiver-bench-1-5eed5eed", name: "bench", allowsShell: false), now: WallClock.now,
            log: log)
        let sagas = Sagas(ledger: ledger, engine: engine, now: WallClock.now)
        let request = StartRequest(
            definition: try DefinitionReader.read(Self.definition).definition, definitionText: Self.definition,
            actor: "bench")
        let ends = try SagaEnds(path: path)
        async let running: Void = engine.run()
        async let watching: Void = ends.watch(ledger.changes())
        try await play(size.warmUp, request, sagas, ends)
        groups.withLock { $0 = [] }
        let start = ContinuousClock.now
        try await play(size.sagas, request, sagas, ends)
        let time = ContinuousClock.now - start
        let made = groups.withLock { $0 }
        engine.stop()
        await running
        http.close()
        await ledger.close()
        await watching
        try ends.close()
        return (time, made)
    }

    /// Plays so many sagas in 64 lanes, each of which starts its next one when the last has ended.
    private func play(_ count: Int, _ request: StartRequest, _ sagas: Sagas, _ ends: SagaEnds) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<Self.concurrency {
                group.addTask {
                    for _ in stride(from: lane, to: count, by: Self.concurrency) {
                        let saga = try await sagas.start(request).saga
                        await ends.end(of: saga.id)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Tells when sagas complete, as a follower in another process would see it: by the journal, after the commit.
private final class SagaEnds: Sendable {
    private struct State {
        var waiting: [String: CheckedContinuation<Void, Never>] = [:]
        var early: Set<String> = []
    }

    private let queue: DatabaseQueue
    private let state = Mutex(State())

    init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func close() throws { try queue.close() }

    func end(of saga: String) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.early.remove(saga) != nil { return true }
                state.waiting[saga] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Runs until the stream of changes ends.
    func watch(_ changes: AsyncStream<Void>) async {
        var last: Int64 = 0
        for await _ in changes {
            let after = last
            let found = try? await queue.read { db in
                let statement = try db.cachedStatement(
                    sql: "SELECT id, saga FROM journal WHERE id > ? AND kind = 'saga_completed'")
                return try Row.fetchAll(statement, arguments: [after]).map { row -> (Int64, String) in
                    (row[0], row[1])
                }
            }
            for (id, saga) in found ?? [] {
                last = id
                let waiting = state.withLock { state in
                    let waiting = state.waiting.removeValue(forKey: saga)
                    if waiting == nil { state.early.insert(saga) }
                    return waiting
                }
                waiting?.resume()
            }
        }
    }
}
