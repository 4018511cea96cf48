import SagaCore
import SagaStore
import Testing

/// The journal over all sagas.
extension LedgerContractTests {
    @Test(arguments: Kind.allCases)
    func theLatestEntriesOfAllSagasComeNewestFirst(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            for id in ["s1", "s2"] { try await Self.insert(try Self.saga(id), ledger) }
            let later = Self.now + .seconds(1)
            try await ledger.write {
                try $0.append(JournalEntry(.stepCompleted, step: "a", data: ["attempt": 1]), to: "s1", at: later)
            }
            let latest = try await ledger.read { try $0.latestJournal(limit: 2) }
            #expect(latest.map(\.saga) == ["s1", "s2"])
            #expect(latest.map(\.entry.kind) == [.stepCompleted, .sagaCreated])
            #expect(latest.first?.at == later && latest.first?.entry.data == ["attempt": 1])
            let whole = try await ledger.read { try $0.journal(of: nil, after: 0, limit: 9) }
            #expect(try await ledger.read { try $0.latestJournal(limit: 9) } == whole.reversed())
        }
    }
}
