import FoundationEssentials
import Testing

/// `SEED=n` replays one run and prints its journal where it breaks, `SEEDS=n` sets how many there are; `FROM=n` is the first one's seed, `random` draws it.
@Suite struct SimulatorTests {
    /// So many runs make every move there is. One that none of them makes is no move, or the simulator is blind to it.
    private static let enough = 3000

    @Test func nothingIsLostWhateverHappens() async throws {
        let environment = ProcessInfo.processInfo.environment
        let replayed = environment["SEED"].flatMap { UInt64($0) }
        let first = replayed ?? Self.first(environment["FROM"])
        let count = replayed != nil ? 1 : environment["SEEDS"].flatMap { UInt64($0) } ?? 300
        var sagas = 0
        var moves = Moves()
        for seed in first..<first + count {
            var simulation = Simulation(seed: seed, moves: moves)
            // Other tests share these threads, and some of them have limits.
            await Task.yield()
            do {
                sagas += try simulation.run()
            } catch {
                if replayed != nil { print(simulation.story()) }
                Issue.record("SEED=\(seed): \(error)")
                return
            }
            moves = simulation.watch.moves
            if (seed - first + 1).isMultiple(of: 10_000) { print("\(seed - first + 1) runs, \(sagas) sagas so far") }
        }
        let neverSeen = moves.neverSeen
        if count >= Self.enough { #expect(neverSeen == []) }
        if !neverSeen.isEmpty { print("never seen: " + neverSeen.joined(separator: ", ")) }
        print("simulated \(count) runs with \(sagas) sagas, SEED=\(first) and on")
    }

    /// The same runs every time unless asked otherwise: what fails here fails for everybody.
    private static func first(_ from: String?) -> UInt64 {
        from == "random" ? UInt64.random(in: 0...(1 << 40)) : from.flatMap { UInt64($0) } ?? 1
    }
}
