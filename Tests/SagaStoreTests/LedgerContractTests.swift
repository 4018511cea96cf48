import FoundationEssentials
import SagaCore
import SagaStore
import TestSupport
import Testing

/// What the engine relies on of any store. A new store passes this suite before anything else.
@Suite struct LedgerContractTests {
    enum Kind: CaseIterable, Sendable { case memory, sqlite }

    static let one = Executor(id: "one", name: "one", allowsShell: false)
    static let two = Executor(id: "two", name: "two", allowsShell: true)

    static func with(_ kind: Kind, _ body: (any Ledger) async throws -> Void) async throws {
        switch kind {
        case .memory: try await body(MemoryLedger())
        case .sqlite: try await TemporaryStore.with { try await body($0.ledger) }
        }
    }

    static let now = Build.start
    static var lease: Lease { Lease(owner: "one", until: now + .seconds(10)) }

    static func saga(_ id: String = "s1", key: String? = nil) throws -> Saga {
        var saga = Saga(
            id: id, definition: TemporaryStore.definition, vars: ["v": 1], origin: Origin(ci: ["CI_REPO": "o/r"]),
            createdAt: now, concurrencyKey: key, idempotencyKey: "key-\(id)")
        saga = try saga.decide(.start, now: now).saga
        return saga
    }

    static func insert(_ saga: Saga, _ ledger: any Ledger) async throws {
        try await ledger.write {
            try $0.insert(
                saga, definition: TemporaryStore.text, journal: [JournalEntry(.sagaCreated, actor: "ada")], at: now)
        }
    }

    @Test(arguments: Kind.allCases)
    func aSagaIsFoundUnderEveryKeyItWasGivenAndAKeyStaysWithItsSaga(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let (one, two) = (try Self.saga("s1"), try Self.saga("s2"))
            for saga in [one, two] { try await Self.insert(saga, ledger) }
            try await ledger.write { transaction in
                for _ in 1...2 { try transaction.addKey("more", to: "s1") }
                try transaction.addKey("more", to: "s2")
                try transaction.addKey("key-s2", to: "s1")
            }
            for (key, saga) in [("more", one), ("key-s1", one), ("key-s2", two)] {
                #expect(try await ledger.read { try $0.saga(withIdempotencyKey: key) } == saga)
                var filter = SagaFilter()
                filter.idempotencyKey = key
                let wanted = filter
                #expect(try await ledger.read { try $0.sagas(wanted) } == [saga])
            }
            try await ledger.write { try $0.delete("s1") }
            #expect(try await ledger.read { try $0.saga(withIdempotencyKey: "more") } == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func sagasThatWaitForSignalsAreListedOnceEach(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            for id in ["s3", "s1", "s2"] {
                let saga = try Self.saga(id)
                try await Self.insert(saga, ledger)
                guard id != "s2" else { continue }
                var pipeline = PipelineWait(server: "", repo: "o/r", number: 7)
                pipeline.followed = [9]
                let begun = try saga.decide(.begin(step: "a", executor: "one"), now: Self.now).saga
                let wait = Wait(.pipeline(pipeline), since: Self.now)
                let waiting = try begun.decide(
                    .finish(step: "a", attempt: 1, outcome: .waits(wait)), now: Self.now
                ).saga
                _ = try await ledger.write {
                    try $0.save(waiting, replacing: saga, journal: [], at: Self.now, lease: nil)
                }
            }
            #expect(try await ledger.read { try $0.sagasWithWaits(after: "", limit: 10) } == ["s1", "s3"])
            #expect(try await ledger.read { try $0.sagasWithWaits(after: "", limit: 1) } == ["s1"])
            #expect(try await ledger.read { try $0.sagasWithWaits(after: "s1", limit: 10) } == ["s3"])
        }
    }

    @Test(arguments: Kind.allCases)
    func aSagaReadsBackAsItWasWritten(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let saga = try Self.saga()
            try await Self.insert(saga, ledger)
            #expect(try await ledger.read { try $0.saga("s1") } == saga)
            #expect(try await ledger.read { try $0.saga(withIdempotencyKey: "key-s1") } == saga)
            #expect(try await ledger.read { try $0.definitionText(of: "s1") } == TemporaryStore.text)
            #expect(try await ledger.read { try $0.saga("none") } == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func everyStateSurvivesASave(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            var saga = try Self.saga()
            try await Self.insert(saga, ledger)
            var pipeline = PipelineWait(server: "https://ci", repo: "o/r", number: 7, workflows: ["w"])
            pipeline.followed = [8]
            pipeline.failedAt = Self.now
            let wait = Wait(.pipeline(pipeline), since: Self.now, nextRead: Self.now + .seconds(5), seen: "running")
            for event: Event in [
                .begin(step: "a", executor: "one"), .finish(step: "a", attempt: 1, outcome: .waits(wait)),
                .signalled(step: "a"),
                .finish(step: "a", attempt: 1, outcome: .failed(Failure(.retryable, "no", output: ["x": 1]))),
                .operate(.pause, by: Actor("ada")), .operate(.changeVars(["v": 2]), by: Actor("ada")),
                .operate(.resume, by: Actor("ada")), .begin(step: "a", executor: "two"),
                .finish(step: "a", attempt: 2, outcome: .succeeded(output: ["d": .double(0.5), "n": .null])),
                .operate(.cancel, by: Actor("ada", reason: "enough")), .begin(step: "undo-a", executor: "one"),
                .finish(step: "undo-a", attempt: 1, outcome: .failed(Failure(.unknown, "?"))),
            ] {
                let old = saga
                let decision = try saga.decide(event, now: Self.now + .seconds(60))
                saga = decision.saga
                _ = try await ledger.write { [saga] in
                    try $0.save(saga, replacing: old, journal: decision.journal, at: Self.now, lease: nil)
                }
                #expect(try await ledger.read { try $0.saga("s1") } == saga, "after \(event)")
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func aFailingClosureChangesNothingAndHurtsNobodyElse(kind: Kind) async throws {
        struct Mishap: Error {}
        try await Self.with(kind) { ledger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let saga = try Self.saga("s\(number)")
                        do {
                            try await ledger.write {
                                try $0.insert(saga, definition: TemporaryStore.text, journal: [], at: Self.now)
                                if number.isMultiple(of: 3) { throw Mishap() }
                            }
                            #expect(!number.isMultiple(of: 3))
                        } catch is Mishap {
                            #expect(number.isMultiple(of: 3))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let ids = try await ledger.read { try $0.sagas(SagaFilter(limit: 200)).map(\.id) }
            #expect(Set(ids) == Set((0..<40).filter { !$0.isMultiple(of: 3) }.map { "s\($0)" }))
        }
    }

    @Test(arguments: Kind.allCases)
    func aClaimHoldsUntilItsEpochChanges(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let saga = try Self.saga()
            try await Self.insert(saga, ledger)
            let ready = try await ledger.write { try $0.ready(for: Self.one, saga: nil, limit: 9, now: Self.now) }
            #expect(ready.map(\.kind) == [.attempt])
            let begun = try saga.decide(.begin(step: "a", executor: "one"), now: Self.now).saga
            let claims = try await ledger.write {
                try $0.save(begun, replacing: saga, journal: [], at: Self.now, lease: Self.lease)
            }
            let claim = try #require(claims.first)
            #expect(try await ledger.read { try $0.holds(claim) })
            #expect(try await ledger.write { try $0.ready(for: Self.two, saga: nil, limit: 9, now: Self.now) }.isEmpty)

            let later = Lease(owner: "one", until: Self.now + .seconds(20))
            #expect(try await ledger.write { try $0.renew([claim], lease: later) }.isEmpty)
            let early = try await ledger.write {
                try $0.ready(for: Self.two, saga: nil, limit: 9, now: Self.now + .seconds(19))
            }
            #expect(early.isEmpty)
            let expired = try await ledger.write {
                try $0.ready(for: Self.two, saga: nil, limit: 9, now: Self.now + .seconds(20))
            }
            #expect(expired.count == 1)

            let taken = try begun.decide(.begin(step: "a", executor: "two"), now: Self.now + .seconds(20)).saga
            let second = try await ledger.write {
                try $0.save(
                    taken, replacing: begun, journal: [], at: Self.now,
                    lease: Lease(owner: "two", until: Self.now + .seconds(30)))
            }
            #expect(second.count == 1)
            #expect(try await ledger.read { try $0.holds(claim) } == false)
            #expect(try await ledger.write { try $0.renew([claim], lease: later) } == [claim])
        }
    }

    @Test(arguments: Kind.allCases)
    func workThatWasGivenBackIsNotRenewed(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let saga = try Self.saga()
            try await Self.insert(saga, ledger)
            let begun = try saga.decide(.begin(step: "a", executor: "one"), now: Self.now).saga
            let claims = try await ledger.write {
                try $0.save(begun, replacing: saga, journal: [], at: Self.now, lease: Self.lease)
            }
            let claim = try #require(claims.first)
            try await ledger.write { try $0.release(claim, at: Self.now) }
            // A heartbeat that was under way when the work was given back.
            #expect(try await ledger.write { try $0.renew([claim], lease: Self.lease) } == [claim])
            #expect(try await ledger.read { try $0.holds(claim) } == false)
            let ready = try await ledger.write { try $0.ready(for: Self.two, saga: nil, limit: 9, now: Self.now) }
            #expect(ready.count == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func shellWorkIsOnlyForExecutorsThatMay(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            var saga = Saga(id: "sh", definition: TemporaryStore.shellDefinition, createdAt: Self.now)
            saga = try saga.decide(.start, now: Self.now).saga
            try await ledger.write { [saga] in
                try $0.insert(saga, definition: TemporaryStore.shellText, journal: [], at: Self.now)
            }
            #expect(try await ledger.write { try $0.ready(for: Self.one, saga: nil, limit: 9, now: Self.now) }.isEmpty)
            #expect(
                try await ledger.write { try $0.ready(for: Self.two, saga: nil, limit: 9, now: Self.now) }.count == 1)
            let other = Executor(id: "p", name: "p", allowsShell: true, saga: "another")
            #expect(try await ledger.write { try $0.ready(for: other, saga: nil, limit: 9, now: Self.now) }.isEmpty)
        }
    }

    @Test(arguments: Kind.allCases)
    func aPausedSagaIsNotOffered(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let saga = try Self.saga()
            try await Self.insert(saga, ledger)
            let paused = try saga.decide(.operate(.pause, by: Actor("ada")), now: Self.now).saga
            _ = try await ledger.write { try $0.save(paused, replacing: saga, journal: [], at: Self.now, lease: nil) }
            let later = Self.now + .seconds(9999)
            #expect(try await ledger.write { try $0.ready(for: Self.two, saga: nil, limit: 9, now: later) }.isEmpty)
            #expect(try await ledger.read { try $0.nextDue(for: Self.two) } == nil)
            let resumed = try paused.decide(.operate(.resume, by: Actor("ada")), now: later).saga
            _ = try await ledger.write { try $0.save(resumed, replacing: paused, journal: [], at: later, lease: nil) }
            #expect(try await ledger.write { try $0.ready(for: Self.two, saga: nil, limit: 9, now: later) }.count == 1)
        }
    }

    @Test(arguments: Kind.allCases)
    func listsGoNewestFirstInPagesThatNeitherRepeatNorSkip(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            for number in 10..<30 { try await Self.insert(try Self.saga("s\(number)"), ledger) }
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await ledger.read { [cursor] in try $0.sagas(SagaFilter(limit: 7, cursor: cursor)) }
                seen += page.map(\.id)
                cursor = page.count == 7 ? page.last?.id : nil
                try await Self.insert(try Self.saga("t\(seen.count)"), ledger)
            } while cursor != nil
            #expect(seen == (10..<30).reversed().map { "s\($0)" })
        }
    }

    @Test(arguments: Kind.allCases)
    func sagasAreCountedByStatus(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            #expect(try await ledger.read { try $0.counts(name: nil) } == [:])
            for id in ["s1", "s2", "s3"] { try await Self.insert(try Self.saga(id), ledger) }
            let saga = try Self.saga("s2")
            var ended = saga
            ended.status = .failed
            ended.completedAt = Self.now
            let changed = ended
            _ = try await ledger.write {
                try $0.save(changed, replacing: saga, journal: [], at: Self.now, lease: nil)
            }
            let counts = try await ledger.read { try $0.counts(name: nil) }
            #expect(counts == [saga.status: 2, .failed: 1])
            #expect(try await ledger.read { try $0.counts(name: saga.name) } == counts)
            #expect(try await ledger.read { try $0.counts(name: "other") } == [:])
        }
    }

    @Test(arguments: Kind.allCases)
    func deletingASagaTakesEverythingOfItAlong(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            try await Self.insert(try Self.saga(), ledger)
            try await ledger.write { try $0.delete("s1") }
            #expect(try await ledger.read { try $0.saga("s1") } == nil)
            #expect(try await ledger.read { try $0.journal(of: nil, after: 0, limit: 9).count } == 0)
            #expect(try await ledger.write { try $0.ready(for: Self.two, saga: nil, limit: 9, now: Self.now) }.isEmpty)
        }
    }

    @Test(arguments: Kind.allCases)
    func executorsAreAliveAsLongAsTheyAreSeen(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            try await ledger.write { try $0.register(Self.one, at: Self.now) }
            try await ledger.write { try $0.register(Self.two, at: Self.now + .seconds(40)) }
            #expect(try await ledger.read { try $0.executors(since: Self.now + .seconds(30)) } == [Self.two])
            try await ledger.write { try $0.unregister("two") }
            #expect(try await ledger.read { try $0.executors(since: Self.now) } == [Self.one])
        }
    }
}
