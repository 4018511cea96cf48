import SagaCore

/// How YAML 1.2's core schema reads an unquoted scalar; `yes`, `off`, `1:30` and dates stay text.
///
/// `.inf` and `.nan` stay text too: JSON, which every value here must fit, has no such numbers.
enum CoreSchema {
    static func resolve(_ text: String) -> Located.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if text.hasPrefix("0x"), let number = Int64(digits(text, isHex), radix: 16) { return .int(number) }
        if text.hasPrefix("0o"), let number = Int64(digits(text, isOctal), radix: 8) { return .int(number) }
        guard isNumber(text) else { return .string(text) }
        if let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { return .string(text) }
        return .double(number)
    }

    /// What follows the prefix, or nothing where that is not all digits.
    private static func digits(_ text: String, _ isDigit: (UInt8) -> Bool) -> String {
        let rest = text.utf8.dropFirst(2)
        return rest.allSatisfy(isDigit) ? String(text.dropFirst(2)) : ""
    }

    private static func isDecimal(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isOctal(_ byte: UInt8) -> Bool { (48...55).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool {
        isDecimal(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        func isSign(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
        func takeDigits() -> Int {
            let count = rest.prefix(while: isDecimal).count
            rest = rest.dropFirst(count)
            return count
        }
        if isSign(rest.first) { rest = rest.dropFirst() }
        let whole = takeDigits()
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = takeDigits()
        }
        guard whole + fraction > 0 else { return false }
        if let byte = rest.first, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if isSign(rest.first) { rest = rest.dropFirst() }
            guard takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
