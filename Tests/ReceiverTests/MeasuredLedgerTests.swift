import FoundationEssentials
import SagaCore
import SagaStore
import Synchronization
import Telemetry
import TestSupport
import Testing

/// What is counted is what was committed.
@Suite struct MeasuredLedgerTests {
    private struct Unlucky: Error {}

    private final class Seen: Sendable {
        private let changes = Mutex<[LedgerChange]>([])

        @Sendable func add(_ new: [LedgerChange]) { changes.withLock { $0 += new } }

        /// What came since the last call.
        func take() -> [LedgerChange] {
            changes.withLock { changes in
                defer { changes = [] }
                return changes
            }
        }
    }

    private static let definition = Build.definition([
        Build.step("a", undo: "undo-a", attempts: 2), Build.step("b", after: ["a"]), Build.undo("undo-a"),
    ])

    private static func with(_ body: (MeasuredLedger, Seen) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "measured-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await SQLiteLedger(path: folder.path + "/saga.db", read: { _ in definition })
        let seen = Seen()
        do {
            try await body(MeasuredLedger(store, observe: seen.add), seen)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static func insert(_ id: Int, _ ledger: MeasuredLedger, fails: Bool = false) async throws {
        try await ledger.write { transaction in
            let saga = Saga(id: "s\(id)", definition: definition, createdAt: Build.start)
            try transaction.insert(saga, definition: "d", journal: [], at: Build.start)
            if fails { throw Unlucky() }
        }
    }

    /// Lets an event happen to saga 1, so many seconds after its start.
    private static func play(_ event: Event, at seconds: Int, _ ledger: MeasuredLedger) async throws {
        let now = Build.start + .seconds(seconds)
        try await ledger.write { transaction in
            guard let saga = try transaction.saga("s1") else { return }
            let decision = try saga.decide(event, now: now)
            _ = try transaction.save(decision.saga, replacing: saga, journal: decision.journal, at: now, lease: nil)
        }
    }

    /// Those that fail after they have written make the others of their batch run a second time.
    @Test func aDecisionCountsOnceHoweverOftenItRuns() async throws {
        try await Self.with { ledger, seen in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask { try? await Self.insert(number, ledger, fails: number.isMultiple(of: 3)) }
                }
            }
            #expect(seen.take() == Array(repeating: .reached(name: "release", .pending), count: 40))
        }
    }

    @Test func everythingOnTheWayOfASagaCounts() async throws {
        try await Self.with { ledger, seen in
            try await Self.insert(1, ledger)
            try await Self.play(.start, at: 1, ledger)
            #expect(seen.take() == [.reached(name: "release", .pending), .reached(name: "release", .running)])
            try await Self.play(.begin(step: "a", executor: "one"), at: 1, ledger)
            let lost = Failure(.retryable, "no luck")
            try await Self.play(.finish(step: "a", attempt: 1, outcome: .failed(lost)), at: 2, ledger)
            #expect(seen.take() == [.retried(.api)])

            try await Self.play(.begin(step: "a", executor: "one"), at: 10, ledger)
            let wait = Wait(.pipeline(PipelineWait(server: "", repo: "o/r", number: 1)), since: Build.start)
            try await Self.play(.finish(step: "a", attempt: 2, outcome: .waits(wait)), at: 11, ledger)
            try await Self.play(.signalled(step: "a"), at: 12, ledger)
            #expect(seen.take() == [])
            try await Self.play(.finish(step: "a", attempt: 2, outcome: .succeeded(output: [:])), at: 13, ledger)
            #expect(
                seen.take() == [
                    .stepEnded(.api, .completed, after: .seconds(12)),
                    .wentOn(signalledAt: Build.start + .seconds(12)),
                ])

            try await Self.play(.begin(step: "b", executor: "one"), at: 14, ledger)
            try await Self.play(
                .finish(step: "b", attempt: 1, outcome: .failed(Failure(.permanent, "no luck"))), at: 20, ledger)
            #expect(
                seen.take() == [
                    .reached(name: "release", .compensating), .stepEnded(.api, .failed, after: .seconds(7)),
                ])
            try await Self.play(.begin(step: "undo-a", executor: "one"), at: 20, ledger)
            try await Self.play(.finish(step: "undo-a", attempt: 1, outcome: .succeeded(output: [:])), at: 30, ledger)
            #expect(
                seen.take() == [
                    .reached(name: "release", .compensated),
                    .ended(name: "release", .compensated, after: .seconds(30)),
                    .stepEnded(.api, .completed, after: .seconds(10)),
                ])
        }
    }

    /// Skipped, the only failed step lets the saga go on and end in one decision.
    @Test func aStatusThatIsPassedWithinOneDecisionCountsToo() async throws {
        try await Self.with { ledger, seen in
            try await Self.insert(1, ledger)
            try await Self.play(.operate(.cancel, by: Actor("ada")), at: 1, ledger)
            _ = seen.take()
            try await Self.play(.operate(.skip(step: "a"), by: Actor("ada")), at: 2, ledger)
            #expect(seen.take() == [.reached(name: "release", .running)])
        }
    }

    @Test func aSignalIsMatchedOrStoredAndADeliveryCountsOnce() async throws {
        try await Self.with { ledger, seen in
            let signal = Signal(kind: .pipeline, server: "", repo: "o/r", number: 1, status: "success")
            let delivery = InboxDelivery(source: "gitea", id: "d1", signals: [signal, signal])
            try await ledger.write { transaction in
                let stored = try transaction.insert(delivery, at: Build.start)
                try transaction.markMatched(stored?.last?.id ?? 0)
            }
            #expect(
                seen.take() == [.signals(source: "gitea", matched: false), .signals(source: "gitea", matched: true)])
            try await ledger.write { _ = try $0.insert(delivery, at: Build.start) }
            #expect(seen.take() == [.seenBefore(source: "gitea")])
        }
    }
}
