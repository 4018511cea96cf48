import SagaCore

extension Checker {
    mutating func checkScalar(_ node: Located, _ type: KeyType, at path: String) -> Bool {
        switch type {
        case .name:
            guard let text = node.string else { return wrongText(node, type, path) }
            return Names.isStep(text) || wrong(node, type, path, suggestion: Names.near(text))
        case .text:
            return node.string != nil || wrongText(node, type, path)
        case .flag:
            return node.bool != nil || wrong(node, type, path, suggestion: Self.flag(node.string))
        case .whole(let range):
            return node.int.map(range.contains) ?? false || wrong(node, type, path)
        case .share:
            switch node.value {
            case .int(let number) where (0...1).contains(number): return true
            case .double(let number) where (0...1).contains(number): return true
            case .null, .bool, .int, .double, .string, .array, .object: return wrong(node, type, path)
            }
        case .duration, .timeout:
            // A bare 0 needs no unit, in Go's syntax as here.
            let duration = node.scalarText.flatMap(GoDuration.parse)
            if let duration, duration > .zero { return true }
            if duration == .zero, case .duration = type { return true }
            return wrong(node, type, path, suggestion: Self.duration(node))
        case .choice(let words):
            if let text = node.string, words.contains(text) { return true }
            return wrong(node, type, path, suggestion: NearMiss.choice(node.scalarText, among: words))
        case .scalar:
            return node.scalarText != nil || wrong(node, type, path)
        case .url:
            guard let text = node.string else { return wrongText(node, type, path) }
            let lower = text.lowercased()
            let isSound = ["http://", "https://"].contains { lower.hasPrefix($0) && lower.utf8.count > $0.utf8.count }
            return isSound || wrong(node, type, path)
        case .time:
            return node.string.map { Moment(rfc3339: $0) != nil } ?? false || wrong(node, type, path)
        case .pointer:
            guard let text = node.string else { return wrong(node, type, path) }
            return (try? JSONPointer(text)) != nil || wrong(node, type, path)
        case .statusCode:
            return Self.isStatusCode(node) || wrong(node, type, path)
        case .list, .oneOrMany, .map, .object, .config, .anything:
            return true
        }
    }

    /// YAML made a number or a flag of what was meant as text: quotes are the cure.
    private mutating func wrongText(_ node: Located, _ type: KeyType, _ path: String) -> Bool {
        let isScalar = node.scalarText != nil
        return wrong(node, type, path, suggestion: isScalar ? node.scalarText.map { "\"\($0)\"" } : nil)
    }

    private static func flag(_ text: String?) -> String? {
        switch text?.lowercased() {
        case "yes", "on", "y", "1": "true"
        case "no", "off", "n", "0": "false"
        case let other?: NearMiss.of(other, among: ["true", "false"]) ?? (other == "true" ? "true" : nil)
        case nil: nil
        }
    }

    /// `30` and `5 minutes` as durations, where that is plain.
    private static func duration(_ node: Located) -> String? {
        guard let text = node.scalarText?.lowercased() else { return nil }
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard !number.isEmpty, Int(number).map({ $0 > 0 }) ?? false else { return nil }
        let unit = text.dropFirst(number.count).filter { $0 != " " }
        switch unit {
        case "", "s", "sec", "secs", "second", "seconds": return number + "s"
        case "m", "min", "mins", "minute", "minutes": return number + "m"
        case "h", "hr", "hrs", "hour", "hours": return number + "h"
        case "d", "day", "days": return Int(number).flatMap { $0 < 100_000 ? "\($0 * 24)h" : nil }
        default: return nil
        }
    }

    /// `201`, `"201"` or `200-299`, each from 100 to 599.
    static func isStatusCode(_ node: Located) -> Bool {
        guard let text = node.scalarText else { return false }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        let codes = ends.compactMap { end in
            end.utf8.allSatisfy { (48...57).contains($0) }
                ? Int(end).flatMap { (100...599).contains($0) ? $0 : nil } : nil
        }
        guard codes.count == ends.count, (1...2).contains(codes.count) else { return false }
        return codes[0] <= codes[codes.count - 1]
    }
}

extension NearMiss {
    /// As `of`, where a word in other letters (`post`, `wait-pipeline`) is the nearest of all.
    static func choice(_ word: String?, among words: [String]) -> String? {
        guard let word else { return nil }
        func plain(_ text: String) -> String { text.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " } }
        return words.first { plain($0) == plain(word) } ?? of(word, among: words)
    }
}

/// How things may be called.
enum Names {
    /// `^[a-z0-9][a-z0-9_-]{0,62}$`
    static func isStep(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 63, isLower(first) || isDigit(first) else { return false }
        return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// `^[A-Za-z_][A-Za-z0-9_]*$`
    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { isLower($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// What a template can name without quotes.
    static func isOutput(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                isLower($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    /// The name with small letters, and dashes for spaces and dots, where that makes it a sound one.
    static func near(_ text: String) -> String? {
        let near = String(text.lowercased().map { $0 == " " || $0 == "." || $0 == "/" ? "-" : $0 })
        return isStep(near) ? near : nil
    }

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
