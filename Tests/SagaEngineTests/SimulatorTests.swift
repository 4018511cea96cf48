import FoundationEssentials
import Testing

/// `SEED=n` replays one run, `SEEDS=n` sets how many there are.
@Suite struct SimulatorTests {
    @Test func nothingIsLostWhateverHappens() async throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(1 << 40))
        let count = environment["SEED"] != nil ? 1 : environment["SEEDS"].flatMap { UInt64($0) } ?? 500
        print("simulating \(count) runs from SEED=\(first)")
        for seed in first..<first + count {
            var simulation = Simulation(seed: seed)
            // Other tests share these threads, and some of them have limits.
            await Task.yield()
            do {
                try simulation.run()
            } catch {
                Issue.record("SEED=\(seed): \(error)")
                return
            }
        }
    }
}
