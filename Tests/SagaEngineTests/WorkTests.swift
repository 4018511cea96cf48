import SagaCore
import SagaEngine
import TestSupport
import Testing

/// The engine's transactions, one after another by hand, where their order is what matters.
@Suite struct WorkTests {
    private static let receiver = Executor(id: "receiver", name: "receiver", allowsShell: true)
    private static let now = Build.start

    private static var circumstances: Circumstances { Circumstances(now: now, executor: receiver) }

    private static func deliver(_ workflow: String, to ledger: MemoryLedger) throws -> DeliveryReceipt? {
        let signal = Signal(kind: .workflow, repo: "o/r", number: 7, status: "success", workflow: workflow)
        return try ledger.writeNow {
            try $0.deliver(InboxDelivery(source: "gitea", id: workflow, signals: [signal]), Circumstances(now: now))
        }
    }

    /// Without an API token the signals decide, so a read that did not see the last one must not be the last read.
    @Test func aSignalInTheSameMillisecondAsAClaimedReadIsReadToo() throws {
        let ledger = MemoryLedger()
        let definition = Build.definition([Build.step("wait", action: .waitPipeline)])
        let request = StartRequest(definition: definition, definitionText: "", actor: "test")
        let wait = Wait(
            .pipeline(PipelineWait(server: "", repo: "o/r", number: 7, workflows: ["one", "two"])), since: Self.now)
        try ledger.writeNow { transaction in
            let orders = try transaction.start(request, id: "s1", Self.circumstances).orders
            _ = try transaction.finish(try #require(orders.first), .waits(wait), Self.circumstances)
        }
        for name in ["one", "two", "three"] {
            #expect(try Self.deliver(name, to: ledger)?.matched.count == 1)
            let read = try #require(
                try ledger.writeNow { try $0.claimWork(limit: 9, Self.later) }.first, "nothing reads signal \(name)")
            #expect(read.claim.kind == .read)
            #expect(read.signals.last?.signal.workflow == name)
            // The read is under way, and the next signal comes before it ends.
        }
    }

    /// What a due time one millisecond ahead needs to be ready.
    private static var later: Circumstances { Circumstances(now: now + .milliseconds(2), executor: receiver) }
}
