import FoundationEssentials
import SagaCore
import SagaDefinitions
import TestSupport
import Testing

/// Definitions broken at random: each is read or refused with places inside the text, and nothing crashes.
///
/// The seed is printed; `SAGA_FUZZ_SEED` sets it.
@Suite struct FuzzTests {
    private func below(_ dice: inout Dice, _ limit: Int) -> Int {
        limit > 0 ? dice.number(0...limit - 1) : 0
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
        var dice = Dice.forFuzzing("definitions")
        for round in 0..<1500 {
            var text = Array(start.unicodeScalars)
            for _ in 0...below(&dice, 4) {
                let at = below(&dice, text.count)
                switch below(&dice, 5) {
                case 0: text.removeSubrange(at..<min(text.count, at + 1 + below(&dice, 30)))
                case 1: text.insert(contentsOf: Self.pieces[below(&dice, Self.pieces.count)].unicodeScalars, at: at)
                case 2:
                    text.insert(
                        contentsOf: text[at..<min(text.count, at + below(&dice, 80))], at: below(&dice, text.count))
                case 3: if at < text.count { text.swapAt(at, below(&dice, text.count)) }
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
                #expect(!error.problems.isEmpty && isPlaced, "round \(round): \(string)")
            }
        }
    }
}
