import SagaCore
import Testing

@Suite struct RetryPolicyTests {
    @Test func theStandardPolicyIsTheContractsOne() {
        let policy = RetryPolicy.standard
        #expect(policy.maxAttempts == 3)
        #expect(policy.backoffType == .exponential)
        #expect(policy.initialDelay == .seconds(5))
        #expect(policy.maxDelay == .seconds(60))
        #expect(policy.jitter == 0)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var type: BackoffType
        var initial: Duration
        var cap: Duration
        var delays: [Duration]
        var testDescription: String { "\(type) from \(initial), at most \(cap)" }
    }

    @Test(arguments: [
        Row(type: .none, initial: .seconds(5), cap: .seconds(60), delays: [.zero, .zero, .zero]),
        Row(
            type: .linear, initial: .seconds(5), cap: .seconds(12),
            delays: [.seconds(5), .seconds(10), .seconds(12), .seconds(12)]),
        Row(
            type: .exponential, initial: .seconds(5), cap: .seconds(60),
            delays: [.seconds(5), .seconds(10), .seconds(20), .seconds(40), .seconds(60), .seconds(60)]),
        Row(type: .exponential, initial: .zero, cap: .seconds(60), delays: [.zero, .zero]),
        Row(type: .exponential, initial: .seconds(90), cap: .seconds(60), delays: [.seconds(60), .seconds(60)]),
    ])
    func delaysFollowTheTable(row: Row) {
        let policy = RetryPolicy(backoffType: row.type, initialDelay: row.initial, maxDelay: row.cap)
        #expect(row.delays.indices.map { policy.delay(after: $0 + 1) } == row.delays)
    }

    @Test(arguments: [BackoffType.linear, .exponential])
    func noAttemptNumberOverflows(type: BackoffType) {
        let policy = RetryPolicy(backoffType: type, initialDelay: .milliseconds(Int64.max / 2), maxDelay: .seconds(60))
        for number in [1, 2, 62, 63, 64, 65, 1000, Int.max] {
            #expect(policy.delay(after: number) == .seconds(60))
        }
    }

    @Test func jitterShrinksByUpToItsShareAndNeverGrows() {
        let policy = RetryPolicy(backoffType: .linear, initialDelay: .seconds(10), maxDelay: .seconds(10), jitter: 0.2)
        #expect(policy.delay(after: 1, chance: 0) == .seconds(10))
        #expect(policy.delay(after: 1, chance: 0.5) == .seconds(9))
        #expect(policy.delay(after: 1, chance: 1) == .seconds(8))
        #expect(policy.delay(after: 1, chance: 7) == .seconds(8))
    }
}
