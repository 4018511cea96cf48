import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import Telemetry

/// What waiting sagas cost a receiver: latency, memory and start-up, with a few and with very many of them.
///
/// Each saga waits for a pipeline of its own (`wait_pipeline`, no Woodpecker token, so nothing is polled), then calls.
struct WaitingSagas {
    let size: Size
    let folder: String
    let program: String

    private static let definition = """
        name: bench
        vars:
          number:
          url:
        steps:
          - name: wait
            action: wait_pipeline
            config: {repo: \(SignalLatency.repo), number: "{{ vars.number }}"}
          - name: next
            action: api
            depends_on: [wait]
            config: {method: POST, url: "{{ vars.url }}/{{ vars.number }}", body: {number: "{{ vars.number }}"}}
        """

    /// On a receiver that has hardly anything else to think of.
    func idleLines() async throws -> [Report.Line] {
        let measured = try await measure(waiting: size.signals, named: "idle", starts: 1)
        let p99 = measured.latency.quantile(0.99)
        let title = "signal to next step, idle, \(size.signals) signals"
        return [
            .init(title: title + ", p50", figure: "\(measured.latency.median.shown(2)) ms"),
            .init(title: "  p99", figure: "\(p99.shown(2)) ms", aim: "< 20 ms", isMet: p99 < 20),
            .init(title: "  slowest", figure: "\(measured.latency.largest.shown(2)) ms"),
        ]
    }

    func lines() async throws -> [Report.Line] {
        let few = try await measure(waiting: size.few, named: "few", starts: 1)
        let many = try await measure(waiting: size.many, named: "many", starts: size.starts)
        let (fewTitle, manyTitle) = (Self.grouped(size.few), Self.grouped(size.many))
        let medians = many.latency.median / few.latency.median
        let tails = many.latency.quantile(0.99) / few.latency.quantile(0.99)
        return [
            Self.latencyLine("signal to next step, \(fewTitle) waiting sagas, p50 / p99", few.latency),
            Self.latencyLine("signal to next step, \(manyTitle) waiting sagas, p50 / p99", many.latency),
            .init(
                title: "  against \(fewTitle), p50", figure: "\(medians.shown(2)) x", aim: "<= 1.5 x",
                isMet: medians <= 1.5),
            .init(
                title: "  against \(fewTitle), p99", figure: "\(tails.shown(2)) x", aim: "<= 1.5 x", isMet: tails <= 1.5
            ),
            Self.memoryLine("memory of the receiver, \(fewTitle) waiting sagas, RSS / PSS", few.memory),
            Self.memoryLine("memory of the receiver, \(manyTitle) waiting sagas, RSS / PSS", many.memory),
            .init(
                title: "  its peak since the start (RSS)", figure: "\(many.memory.peak.shown(1)) MiB",
                aim: "< 96 MB", isMet: many.memory.peak * 1.048576 < 96),
            .init(
                title: "start-up with \(fewTitle) unfinished sagas, until ready",
                figure: "\((few.timeToReady * 1000).shown(0)) ms"),
            .init(
                title: "start-up with \(manyTitle) unfinished sagas, until ready",
                figure: "\((many.timeToReady * 1000).shown(0)) ms"),
        ]
    }

    private struct Measured {
        var latency: Sample
        var memory: BenchReceiver.Memory
        /// In seconds, the median of the starts.
        var timeToReady: Double
    }

    private func measure(waiting count: Int, named name: String, starts: Int) async throws -> Measured {
        let path = folder + "/\(name).db"
        return try await Arrivals.with { arrivals, url in
            // Some more that warm the receiver up: the first signals load pages and fill caches.
            let warmUp = min(20, size.signals)
            try await create(count + warmUp, at: path, calling: url)
            var times: [Double] = []
            for _ in 1..<max(starts, 1) {
                times.append(try await BenchReceiver.with(program, store: path) { $0.timeToReady.seconds })
            }
            let numbers = Self.spread(size.signals, over: count)
            let (values, memory, time) = try await BenchReceiver.with(program, store: path) { receiver in
                let latency = SignalLatency(receiver: receiver, arrivals: arrivals)
                _ = try await latency.measure(Array(count + 1...count + warmUp))
                let values = try await latency.measure(numbers)
                return (values, receiver.memory, receiver.timeToReady.seconds)
            }
            return Measured(
                latency: Sample(values), memory: memory, timeToReady: Sample(times + [time]).median)
        }
    }

    /// So many different numbers from 1 to `count`, in no order that a page cache could like.
    private static func spread(_ wanted: Int, over count: Int) -> [Int] {
        // A multiplier without a common factor visits every number once.
        var factor = count * 618 / 1000 | 1
        while greatestCommonDivisor(factor, count) != 1 { factor += 2 }
        return (0..<min(wanted, count)).map { $0 * factor % count + 1 }
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }

    /// Makes sagas that wait, through the store and the core, many to a transaction.
    private func create(_ count: Int, at path: String, calling url: String) async throws {
        let ledger = try await SQLiteLedger(path: path) { try DefinitionReader.read($0).definition }
        let definition = try DefinitionReader.read(Self.definition).definition
        let executor = Executor(id: "bench", name: "bench", allowsShell: false)
        let ids = IDs()
        for first in stride(from: 1, through: count, by: 250) {
            let numbers = first...min(first + 249, count)
            try await ledger.write { transaction in
                for number in numbers {
                    let now = WallClock.now()
                    let request = StartRequest(
                        definition: definition, definitionText: Self.definition,
                        vars: ["number": .int(Int64(number)), "url": .string(url)], actor: "bench")
                    let (_, orders) = try transaction.start(
                        request, id: ids.next(at: now), Circumstances(now: now, executor: executor))
                    for order in orders {
                        let wait = PipelineWait(server: "", repo: SignalLatency.repo, number: Int64(number))
                        _ = try transaction.finish(
                            order, .waits(Wait(.pipeline(wait), since: now)), Circumstances(now: now))
                    }
                }
            }
        }
        await ledger.close()
    }

    private static func latencyLine(_ title: String, _ latency: Sample) -> Report.Line {
        .init(title: title, figure: "\(latency.median.shown(2)) / \(latency.quantile(0.99).shown(2)) ms")
    }

    private static func memoryLine(_ title: String, _ memory: BenchReceiver.Memory) -> Report.Line {
        .init(title: title, figure: "\(memory.rss.shown(1)) / \(memory.pss.shown(1)) MiB")
    }

    /// 100000 as 100,000.
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
        }.joined()
    }
}
