import FoundationEssentials
import SagaCore

/// How much is done, and from which seed: any size through `ci/chaos`.
struct Plan: Sendable {
    var seed: UInt64
    var kills: Int
    /// Whether somebody asked for it by `KILLS`.
    var isWanted: Bool

    init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        seed = environment["SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        isWanted = environment["KILLS"] != nil
        kills = environment["KILLS"].flatMap { Int($0) } ?? 100
    }

    var sagas: Int { kills }
    /// Pauses are long, so they are few: one at a time, beside kills of the other processes.
    var pauses: Int { max(2, kills / 25) }
    /// Between two kills, in milliseconds.
    static let killGap = 50...550
    /// Longer than a lease.
    static let pauseLength = 10_500...13_000
    /// What a killed executor's work, a paused one's late calls and an open circuit may need after the last kill.
    var patience: Duration { .seconds(90) + .milliseconds(50 * kills) }
    var minutes: Int { 4 + kills / 100 }
}

/// The wall clock, in milliseconds as the journal has it.
enum Wall {
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
