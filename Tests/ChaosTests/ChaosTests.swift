import FoundationEssentials
import HTTPTransport
import Synchronization
import TestSupport
import Testing

/// Real receivers and plugins on one store, killed and stopped at random while they work in a world that answers
/// late, wrongly or not at all. Afterwards the store's journal and what the world saw must agree.
@Suite struct ChaosTests {
    static let plan = Plan()

    /// Started by `ci/chaos`: it takes minutes and needs both cores for itself.
    @Test(.enabled(if: plan.isWanted), .timeLimit(.minutes(plan.minutes)))
    func nothingIsLostAndNothingIsRepeatedWhateverIsKilled() async throws {
        let plan = Self.plan
        print("chaos: KILLS=\(plan.kills) SEED=\(plan.seed)")
        let began = ContinuousClock.now
        let chronicle = Chronicle()
        let server = EffectsServer(seed: plan.seed, chronicle: chronicle)
        let folder = FileManager.default.temporaryDirectory.appending(path: "saga-chaos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let fleet = Fleet(folder: folder.path, chronicle: chronicle)
        let survivors = try await withLoopbackServer({ await server.answer($0) }) { world in
            let http = CurlClient(userAgent: "chaos")
            defer { http.close() }
            let outside = Outside(
                fleet: fleet, chronicle: chronicle, effects: world.url, seed: plan.seed, http: http)
            return try await Self.run(plan, fleet, outside)
        }
        let verdict = Verdict(try await Books(path: fleet.store), chronicle.all, sagas: plan.sagas)
        print(Self.figures(plan, verdict, ContinuousClock.now - began))
        #expect(survivors == 0, "sagas that were not over \(plan.patience) after the last kill")
        #expect(verdict.violations.isEmpty, "SEED=\(plan.seed):\n\(verdict.violations.joined(separator: "\n"))")
        #expect(verdict.seen.kills.count == plan.kills)
        #expect(verdict.takeovers > 0, "kills that hit no work prove nothing")
    }

    /// - Returns: how many sagas did not come to an end.
    private static func run(_ plan: Plan, _ fleet: Fleet, _ outside: Outside) async throws -> Int {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let isPlayed = Mutex(false)
            group.addTask { await fleet.keepReceiver(1) }
            group.addTask { await fleet.keepReceiver(2) }
            _ = await Pause.until(.seconds(60)) { !fleet.urls.isEmpty }
            group.addTask {
                await play(plan, outside)
                isPlayed.withLock { $0 = true }
            }
            await haunt(plan, fleet)
            let isOver = await Pause.until(plan.patience) {
                let ended = try? await Books.countOfEnded(in: fleet.store)
                return isPlayed.withLock { $0 } && ended == plan.sagas
            }
            let ended = try await Books.countOfEnded(in: fleet.store)
            if !isOver { group.cancelAll() }
            fleet.retire()
            try await group.waitForAll()
            return plan.sagas - ended
        }
    }

    /// Starts all sagas, spread over the time that the kills take.
    private static func play(_ plan: Plan, _ outside: Outside) async {
        var dice = Dice(seed: plan.seed, "starts")
        await withDiscardingTaskGroup { group in
            for number in 1...plan.sagas {
                group.addTask { await outside.play(number) }
                await Pause.forChaos(dice.milliseconds(Plan.killGap))
            }
        }
    }

    private static func haunt(_ plan: Plan, _ fleet: Fleet) async {
        var dice = Dice(seed: plan.seed, "kills")
        let paused = Flag()
        await withDiscardingTaskGroup { group in
            var kills = 0
            var pauses = 0
            while kills < plan.kills {
                await Pause.forChaos(dice.milliseconds(Plan.killGap))
                if pauses < plan.pauses, kills * plan.pauses > pauses * plan.kills, !paused.isSet {
                    pauses += 1
                    paused.set(true)
                    let own = Dice(seed: plan.seed, "pause \(pauses)")
                    group.addTask {
                        await fleet.pauseOne(own)
                        paused.set(false)
                    }
                }
                if fleet.killOne(&dice) { kills += 1 }
                // Now and then they are left alone for long enough to get something done.
                if dice.chance(5) { await Pause.forChaos(.seconds(2)) }
            }
        }
    }

    private static func figures(_ plan: Plan, _ verdict: Verdict, _ duration: Duration) -> String {
        let seen = verdict.seen
        let plugins = seen.kills.keys.count { $0.hasPrefix("plugin") }
        return """
            chaos: seed \(plan.seed), \(duration.components.seconds) s
              sagas \(verdict.books.sagas.count), kills \(seen.kills.count) (\(plugins) of plugins), \
            pauses \(seen.pauses.count)
              calls to receivers: sent \(seen.sent), answered \(seen.answered); starts replayed \(seen.replayed), cancelled \
            \(seen.cancelled)
              deliveries: accepted \(seen.accepted.count) facts, dropped \(seen.dropped), doubled \(seen.doubled), \
            before their saga \(seen.early)
              effects: calls \(seen.calls.count), keys \(Set(seen.calls.map(\.key)).count), repeated before the step was \
            completed \(verdict.repeatedEffects)
              takeovers \(verdict.takeovers), late results \(verdict.lateResults), late calls of stopped processes \
            \(verdict.lateCalls), overlaps after a kill or stop \(verdict.explainedOverlaps)
              violations \(verdict.violations.count)
            """
    }
}

/// A truth that two tasks share.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set(_ new: Bool) { value.withLock { $0 = new } }
}
