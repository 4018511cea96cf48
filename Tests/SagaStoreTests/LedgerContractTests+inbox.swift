import SagaCore
import SagaStore
import Testing

/// What comes from outside, and who waits for it.
extension LedgerContractTests {
    @Test(arguments: Kind.allCases)
    func aDeliveryIsStoredOnceByIdAndByMeaning(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let signal = Signal(
                kind: .workflow, server: "https://ci", repo: "O/R", number: 7, status: "success", workflow: "build",
                commit: "ABC")
            func deliver(_ id: String?, _ key: String?, source: String = "gitea") async throws -> Int? {
                try await ledger.write {
                    try $0.insert(
                        InboxDelivery(source: source, id: id, semanticKey: key, signals: [signal]), at: Self.now)?.count
                }
            }
            #expect(try await deliver("d1", "k1") == 1)
            #expect(try await deliver("d1", "k2") == nil)
            #expect(try await deliver("d2", "k1") == nil)
            #expect(try await deliver("d1", "k1", source: "github") == 1)
            #expect(try await deliver(nil, nil) == 1)
            #expect(try await deliver(nil, nil) == 1)
            let found = try await ledger.read { try $0.signals(for: ["o/r#7", "o/r@abc"]) }
            #expect(found.count == 4)
            #expect(found.first?.signal == signal)
        }
    }

    @Test(arguments: Kind.allCases)
    func aSignalReadsBackWhateverItsSenderLeftOut(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let signals = [
                Signal(kind: .pipeline, repo: "o/r", status: "success", commit: "abc"),
                Signal(kind: .step, repo: "o/r", status: "odd word", commit: "abc"),
                Signal(
                    kind: .workflow, server: "https://ci", repo: "o/r", number: 9, status: "failure", repoID: 3, id: 4,
                    workflow: "w", workflowNumber: 1, step: "s", commit: "abc", branch: "b", event: "push", url: "u",
                    exitCode: 2, error: "e", at: Self.now),
            ]
            _ = try await ledger.write {
                try $0.insert(InboxDelivery(source: "gitlab", id: "d", signals: signals), at: Self.now)
            }
            #expect(try await ledger.read { try $0.signals(for: ["o/r@abc"]).map(\.signal) } == signals)
            let image = Signal(kind: .image, status: "success", image: "registry.example.com/app:1")
            _ = try await ledger.write {
                try $0.insert(InboxDelivery(source: "harbor", signals: [image]), at: Self.now)
            }
            let key = Signal.key(image: "registry.example.com/app:1")
            #expect(try await ledger.read { try $0.signals(for: [key]).map(\.signal) } == [image])
        }
    }

    @Test(arguments: Kind.allCases)
    func waitsAreFoundByKeyWhileTheyLast(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let saga = try Self.saga()
            try await Self.insert(saga, ledger)
            let wait = Wait(.pipeline(PipelineWait(server: "", repo: "O/R", number: 7)), since: Self.now)
            let begun = try saga.decide(.begin(step: "a", executor: "one"), now: Self.now).saga
            let parked = try begun.decide(.finish(step: "a", attempt: 1, outcome: .waits(wait)), now: Self.now).saga
            _ = try await ledger.write { try $0.save(parked, replacing: saga, journal: [], at: Self.now, lease: nil) }
            let found = try await ledger.read { try $0.waits(for: ["o/r#7", "o/r#8"]).map { [$0.saga, $0.step] } }
            #expect(found == [["s1", "a"]])
            let done = try parked.decide(
                .finish(step: "a", attempt: 1, outcome: .succeeded(output: [:])), now: Self.now
            ).saga
            _ = try await ledger.write { try $0.save(done, replacing: parked, journal: [], at: Self.now, lease: nil) }
            #expect(try await ledger.read { try $0.waits(for: ["o/r#7"]).count } == 0)
        }
    }

    @Test(arguments: Kind.allCases)
    func theInboxIsListedNewestFirstAndPageByPage(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            let ids = try await ledger.write { transaction in
                let signals = (1...3).map { Signal(kind: .pipeline, repo: "o/r", number: $0, status: "success") }
                let delivery = InboxDelivery(source: "gitea", signals: signals)
                let stored = try transaction.insert(delivery, at: Self.now) ?? []
                if stored.count == 3 { try transaction.markMatched(stored[1].id) }
                return stored.map(\.id)
            }
            try #require(ids.count == 3)
            func listed(_ filter: SignalFilter) async throws -> [ListedSignal] {
                try await ledger.read { try $0.signals(filter) }
            }
            let first = try await listed(SignalFilter(limit: 2))
            #expect(first.map(\.stored.signal.number) == [3, 2])
            #expect(first.map(\.isMatched) == [false, true])
            #expect(first.first?.stored.source == "gitea" && first.first?.stored.receivedAt == Self.now)
            let second = try await listed(SignalFilter(before: ids[1], limit: 2))
            #expect(second.map(\.stored.id) == [ids[0]])
            let unmatched = try await listed(SignalFilter(isUnmatched: true, limit: 9))
            #expect(unmatched.map(\.stored.id) == [ids[2], ids[0]])
        }
    }
}
