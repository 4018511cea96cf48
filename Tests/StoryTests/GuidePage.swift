import FoundationEssentials
import Testing

/// One of the pages that people read, taken apart: what stands in fences, its headings, its links.
struct GuidePage: Sendable, CustomTestStringConvertible {
    /// Relative to the repository.
    let path: String
    private(set) var blocks: [Block] = []
    private(set) var headings: [String] = []
    private(set) var links: [String] = []
    /// What stands between backticks in the text.
    private(set) var codes: [String] = []

    var testDescription: String { path }

    struct Block: Sendable {
        var language: String
        var text: String
        /// The line of its fence, from 1.
        var line: Int
    }

    static let all = (["README.md", "plugin/docs.md"] + guides).compactMap { try? GuidePage(path: $0) }
    static let guides = ((try? Files.names(in: WorkflowFile.root + "/plugin/guides")) ?? []).sorted()
        .map { "plugin/guides/" + $0 }

    init(path: String) throws {
        self.path = path
        var open: Block?
        let text = try Files.read(WorkflowFile.root + "/" + path)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let isFence = line.hasPrefix("```")
            if let block = open {
                if isFence {
                    blocks.append(block)
                    open = nil
                } else {
                    open?.text += line + "\n"
                }
            } else if isFence {
                open = Block(language: String(line.dropFirst(3)), text: "", line: index + 1)
            } else {
                read(line)
            }
        }
        try #require(open == nil, "\(path): the last fence is not closed")
    }

    private mutating func read(_ line: Substring) {
        if line.hasPrefix("#") { headings.append(String(line.drop { $0 == "#" }.dropFirst())) }
        links += line.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.output.1) }
        codes += line.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
    }

    /// The heading's name in links, as forges make it.
    static func anchor(_ heading: String) -> String {
        String(
            heading.lowercased().compactMap { letter in
                if letter == " " { return "-" }
                return letter.isLetter || letter.isNumber || "-_".contains(letter) ? letter : nil
            })
    }

    /// The lines of its shell blocks, continued ones joined, as words without quotes.
    var commands: [(words: [String], line: Int)] {
        blocks.filter { $0.language == "sh" }.flatMap { block in
            block.text.replacing("\\\n", with: " ").split(separator: "\n").compactMap { line in
                let words = Self.words(line)
                return words.isEmpty ? nil : (words, block.line)
            }
        }
    }

    /// A shell's words as far as these pages need them: quotes, comments, and what follows a pipe or the like is left out.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for letter in line {
            if let open = quote {
                if letter == open { quote = nil } else { word = (word ?? "") + String(letter) }
            } else if letter == "'" || letter == "\"" {
                quote = letter
                word = word ?? ""
            } else if letter == "#" && word == nil || "|;&>".contains(letter) {
                break
            } else if letter == " " {
                if let word { words.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(letter)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
