/// JSON text (RFC 8259) to `JSONValue` and back.
///
/// The core may import nothing but the standard library, and what it stores and compares must keep 64-bit numbers,
/// refuse duplicate keys and bound its depth; so reading and printing live here.
extension JSONValue {
    /// Why a text is no JSON, with the byte at which that showed.
    package struct Unreadable: Error, Hashable, CustomStringConvertible {
        package var reason: String
        package var offset: Int
        package var description: String { "\(reason) at byte \(offset)" }
    }

    package init(parsing text: String) throws(Unreadable) {
        try self.init(parsing: Array(text.utf8))
    }

    package init(parsing bytes: [UInt8]) throws(Unreadable) {
        var reader = JSONReader(bytes)
        self = try reader.document()
    }

    /// Compact JSON with sorted keys: equal values print equal.
    package var json: String {
        var out: [UInt8] = []
        write(to: &out, indent: nil)
        return String(decoding: out, as: UTF8.self)
    }

    /// Indented by two spaces, keys sorted: for people.
    package var prettyJSON: String {
        var out: [UInt8] = []
        write(to: &out, indent: 0)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(to out: inout [UInt8], indent: Int?) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .int(let number): out += String(number).utf8
        case .double(let number): out += (number.isFinite ? String(number) : "null").utf8
        case .string(let text): Self.write(text, to: &out)
        case .array(let items):
            Self.write(items, open: UInt8(ascii: "["), close: UInt8(ascii: "]"), to: &out, indent: indent) {
                $0.write(to: &$1, indent: $2)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            Self.write(sorted, open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), to: &out, indent: indent) {
                Self.write($0.key, to: &$1)
                $1 += (indent == nil ? ":" : ": ").utf8
                $0.value.write(to: &$1, indent: $2)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], open: UInt8, close: UInt8, to out: inout [UInt8], indent: Int?,
        item write: (Item, inout [UInt8], Int?) -> Void
    ) {
        out.append(open)
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            if let indent { out += ("\n" + String(repeating: "  ", count: indent + 1)).utf8 }
            write(item, &out, indent.map { $0 + 1 })
        }
        if let indent, !items.isEmpty { out += ("\n" + String(repeating: "  ", count: indent)).utf8 }
        out.append(close)
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += "\\\"".utf8
            case UInt8(ascii: "\\"): out += "\\\\".utf8
            case 0x0A: out += "\\n".utf8
            case 0x0D: out += "\\r".utf8
            case 0x09: out += "\\t".utf8
            case 0..<0x20, 0x7F:
                let hex = String(byte, radix: 16)
                out += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
            case 0x20...: out.append(byte)
            default: break
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    private static let deepest = 200

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(JSONValue.Unreadable) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw unreadable("text after the value") }
        return value
    }

    private func unreadable(_ reason: String) -> JSONValue.Unreadable {
        JSONValue.Unreadable(reason: reason, offset: at)
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func value() throws(JSONValue.Unreadable) -> JSONValue {
        skipSpace()
        guard at < bytes.count else { throw unreadable("the text ends where a value should be") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try nested { (reader) throws(JSONValue.Unreadable) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader) throws(JSONValue.Unreadable) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONValue.Unreadable) -> JSONValue
    ) throws(JSONValue.Unreadable) -> JSONValue {
        guard depth < Self.deepest else { throw unreadable("nested deeper than \(Self.deepest) levels") }
        depth += 1
        at += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONValue.Unreadable) -> JSONValue {
        guard bytes[at...].starts(with: word.utf8) else { throw unreadable("unknown word") }
        at += word.utf8.count
        return value
    }

    private mutating func object() throws(JSONValue.Unreadable) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw unreadable("a key was expected") }
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unreadable("':' was expected") }
            let value = try value()
            guard members.updateValue(value, forKey: key) == nil else { throw unreadable("duplicate key '\(key)'") }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw unreadable("',' or '}' was expected") }
        }
    }

    private mutating func array() throws(JSONValue.Unreadable) -> JSONValue {
        var items: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw unreadable("',' or ']' was expected") }
        }
    }

    private mutating func number() throws(JSONValue.Unreadable) -> JSONValue {
        let start = at
        var isWhole = true
        _ = take(UInt8(ascii: "-"))
        let firstDigit = at
        digits()
        guard at > firstDigit, bytes[firstDigit] != UInt8(ascii: "0") || at == firstDigit + 1 else {
            throw unreadable("a value was expected")
        }
        if take(UInt8(ascii: ".")) {
            isWhole = false
            let first = at
            digits()
            guard at > first else { throw unreadable("a digit was expected") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            let first = at
            digits()
            guard at > first else { throw unreadable("a digit was expected") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw unreadable("number out of range") }
        return .double(number)
    }

    private mutating func digits() {
        while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
    }

    private mutating func string() throws(JSONValue.Unreadable) -> String {
        at += 1
        var out: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else { throw unreadable("not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &out)
            case 0..<0x20: throw unreadable("control character in a string")
            default: out.append(byte)
            }
        }
        throw unreadable("the text ends inside a string")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONValue.Unreadable) {
        guard at < bytes.count else { throw unreadable("the text ends inside a string") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"): out += String(try unicode()).utf8
        default: throw unreadable("unknown escape")
        }
    }

    /// A lone surrogate becomes U+FFFD, as lenient senders produce them and no string may hold one.
    private mutating func unicode() throws(JSONValue.Unreadable) -> Character {
        let first = try hex()
        var scalar = Unicode.Scalar(first)
        if (0xD800..<0xDC00).contains(first), bytes[at...].starts(with: "\\u".utf8) {
            let back = at
            at += 2
            let second = try hex()
            if (0xDC00..<0xE000).contains(second) {
                scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            } else {
                at = back
            }
        }
        return Character(scalar ?? "\u{FFFD}")
    }

    private mutating func hex() throws(JSONValue.Unreadable) -> UInt32 {
        guard at + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
            bytes[at] != UInt8(ascii: "+"), bytes[at] != UInt8(ascii: "-")
        else { throw unreadable("four hex digits were expected") }
        at += 4
        return code
    }
}
