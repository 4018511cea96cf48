import FoundationEssentials
import SagaCore
import SagaDefinitions
import Testing

/// Definitions broken at random: each is read or refused with places inside the text, and nothing crashes.
///
/// The seed is printed; `SAGA_FUZZ_SEED` replays it.
@Suite struct FuzzTests {
    /// SplitMix64, so that a seed says it all.
    private struct Dice {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }
    }

    private static let pieces = [
        "{{", "}}", "&a ", "*a", "<<: *a", "? ", "- ", ": ", "|\n", ">-\n", "!!map ", "!x ", "\"", "'", "[", "]", "{",
        "}",
        "\t", "\n", "\r\n", "\u{85}", "\u{2028}", "\u{E000}", "\u{FEFF}", "#", "%YAML 1.2\n---\n", "---\n", "...\n",
        "\\",
        "name: a\n", "steps:\n", "depends_on: [build]\n", "null", "9999999999999999999999", "outputs.build.x", " | sh",
        "é", "e\u{301}", "👩‍👩‍👧", "\0", "~", "compensate: build\n",
    ]

    @Test(arguments: [ContractExampleTests.yaml, ContractExampleTests.json])
    func `Whatever is done to a definition, the reader answers`(start: String) {
        let given = ProcessInfo.processInfo.environment["SAGA_FUZZ_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("fuzz seed: \(seed)")
        var dice = Dice(state: seed)
        for round in 0..<1500 {
            var text = Array(start.unicodeScalars)
            for _ in 0...dice.below(4) {
                let at = dice.below(text.count)
                switch dice.below(5) {
                case 0: text.removeSubrange(at..<min(text.count, at + 1 + dice.below(30)))
                case 1: text.insert(contentsOf: Self.pieces[dice.below(Self.pieces.count)].unicodeScalars, at: at)
                case 2:
                    text.insert(contentsOf: text[at..<min(text.count, at + dice.below(80))], at: dice.below(text.count))
                case 3: if at < text.count { text.swapAt(at, dice.below(text.count)) }
                default: text.removeSubrange(at...)
                }
            }
            let string = String(String.UnicodeScalarView(text))
            do throws(DefinitionProblems) {
                let checked = try DefinitionReader.read(string)
                _ = Plan(checked.definition, warnings: checked.warnings).json
            } catch {
                let lines = string.unicodeScalars.reduce(1) { $0 + ($1.properties.isWhitespace && $1 != " " ? 1 : 0) }
                let isPlaced = error.problems.allSatisfy { (1...(lines + 1)).contains($0.line) && $0.column >= 1 }
                #expect(!error.problems.isEmpty && isPlaced, "seed \(seed), round \(round): \(string)")
            }
        }
    }
}
