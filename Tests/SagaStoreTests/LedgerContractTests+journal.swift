import SagaCore
import Testing

/// The journal over every store.
extension LedgerContractTests {
    @Test(arguments: Kind.allCases)
    func theNewestEntryIsThatOfAnySaga(kind: Kind) async throws {
        try await Self.with(kind) { ledger in
            #expect(try await ledger.read { try $0.newestEntry() } == 0)
            for id in ["s1", "s2"] {
                try await Self.insert(try Self.saga(id), ledger)
                let last = try await ledger.read { try $0.journal(of: nil, after: 0, limit: 100) }.last
                #expect(last?.saga == id)
                #expect(try await ledger.read { try $0.newestEntry() } == last?.id)
            }
        }
    }
}
