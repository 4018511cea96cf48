import FoundationEssentials

/// SplitMix64: the same seed throws the same numbers on every machine.
package struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// Dice of their own for something that has a name, whatever else was thrown before.
    package init(seed: UInt64, _ name: String) {
        // FNV-1a.
        state = name.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True so many times out of a hundred.
    package mutating func chance(_ percent: Double) -> Bool {
        Double.random(in: 0..<100, using: &self) < percent
    }

    package mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }

    /// True once in so many throws, on average.
    package mutating func once(in number: Int) -> Bool {
        Int.random(in: 0..<number, using: &self) == 0
    }

    package mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// The dice of a fuzz test, whose seed is printed: the same every time, so that what breaks does so for everybody.
    /// `SAGA_FUZZ_SEED` sets another one, or with `random` one that nobody has tried.
    package static func forFuzzing(_ what: String) -> Dice {
        let given = ProcessInfo.processInfo.environment["SAGA_FUZZ_SEED"]
        let seed = given == "random" ? UInt64.random(in: 0...UInt64.max) : given.flatMap { UInt64($0) } ?? 1
        print("\(what): SAGA_FUZZ_SEED=\(seed)")
        return Dice(seed: seed, what)
    }
}
