import SagaCore
import Yams

/// YAML text with the place of every value.
///
/// Yams knows the grammar; the rest is done here, because Yams reads scalars as YAML 1.1, expands aliases without a
/// bound, and stops at the first duplicate key. So it is shown a text in which every `*` is another character (an
/// alias is then a plain scalar, resolved here within a budget), and in which one of two equal keys has another
/// first letter; both are put back when the tree is built. No character moves, so every place stays true.
struct LocatedYAML {
    /// What aliases may expand a definition to, in bytes of text plus one for each value.
    static let largestExpansion = 1 << 20
    static let deepest = LocatedJSON.deepest
    private static let mostDuplicates = 50
    /// How much text may be read again and again to find duplicates, in characters.
    private static let mostRereading = 1 << 20

    private var scalars: [Unicode.Scalar]
    private var spare: [Unicode.Scalar]
    private let star: Unicode.Scalar
    /// The first letters that were taken from duplicate keys.
    private var letters: [Located.Place: Unicode.Scalar] = [:]

    private init?(_ text: String) {
        scalars = Array(text.unicodeScalars)
        let used = Set(scalars.filter { (0xE000...0xF8FF).contains($0.value) })
        spare = (UInt32(0xE000)...0xF8FF).lazy.compactMap(Unicode.Scalar.init).filter { !used.contains($0) }
            .prefix(Self.mostDuplicates + 1).map { $0 }
        guard let star = spare.popLast() else { return nil }
        self.star = star
        for index in scalars.indices where scalars[index] == "*" { scalars[index] = star }
    }

    /// Nil with a problem where it is no YAML; duplicate keys and the like are problems of a value that is there.
    static func read(_ text: String) -> (value: Located?, problems: [Problem]) {
        guard var reader = LocatedYAML(text) else {
            return (nil, [Problem("too many private-use characters", line: 1, column: 1, path: "")])
        }
        while true {
            do {
                let shown = String(String.UnicodeScalarView(reader.scalars))
                let parser = try Parser(yaml: shown, resolver: .basic, encoding: .utf8)
                // Anchors are weak references into the parser.
                return try withExtendedLifetime(parser) {
                    guard let root = try parser.singleRoot() else { return (nil, []) }
                    var builder = LocatedYAMLBuilder(star: reader.star, letters: reader.letters)
                    let value = builder.value(root, at: "", depth: 0)
                    return (value, builder.problems)
                }
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let place = Located.Place(line: context.mark.line, column: context.mark.column)
                guard reader.rename(keyAt: place) else {
                    let key = reader.restored(keys.first ?? "")
                    let problem = Problem(
                        "duplicate key '\(key)'", line: place.line, column: place.column, path: "")
                    return (nil, [problem])
                }
            } catch {
                return (nil, [Self.problem(of: error, in: text)])
            }
        }
    }

    private func restored(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == star ? "*" : $0 }))
    }

    /// False where the key cannot be told from what stands before it, or there have been enough.
    private mutating func rename(keyAt place: Located.Place) -> Bool {
        guard var index = index(of: place), letters[place] == nil,
            letters.count * scalars.count < Self.mostRereading, let other = spare.popLast()
        else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, !["&", "!", "\\", "\"", "'", "?", "|", ">"].contains(scalars[index]) else {
            return false
        }
        letters[place] = scalars[index]
        scalars[index] = other
        return true
    }

    /// Lines end as libyaml counts them.
    private func index(of place: Located.Place) -> Int? {
        var (line, index) = (1, 0)
        while line < place.line, index < scalars.count {
            switch scalars[index] {
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": line += 1
            default: break
            }
            index += 1
        }
        index += place.column - 1
        return scalars.indices.contains(index) ? index : nil
    }

    private static func problem(of error: any Error, in text: String) -> Problem {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            if problem == "but found another document" {
                return Problem(
                    "a definition is one YAML document, and here a second one starts", line: mark.line,
                    column: mark.column, path: "")
            }
            let during = context.map { " (\($0.text), line \($0.mark.line))" } ?? ""
            return Problem("not YAML: \(problem)\(during)", line: mark.line, column: mark.column, path: "")
        case YamlError.reader(let problem, let offset, _, _):
            var place = Located.Place.start
            for character in text.prefix(offset ?? 0) {
                place =
                    character.isNewline
                    ? Located.Place(line: place.line + 1, column: 1)
                    : Located.Place(line: place.line, column: place.column + character.unicodeScalars.count)
            }
            return Problem("not YAML: \(problem)", line: place.line, column: place.column, path: "")
        default:
            return Problem("not YAML", line: 1, column: 1, path: "")
        }
    }
}
