/// The path and query of a request line, decoded once, and refused where two programs could read them differently.
struct RequestTarget: Sendable {
    /// Percent-decoded, so a segment may hold a slash that was written as `%2F`.
    var segments: [String]
    var query: [(name: String, value: String)]

    /// Nil unless it is an absolute path (RFC 9112, origin-form) without empty or dot segments and control characters.
    init?(_ target: String) {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let mark = target.firstIndex(of: "?") ?? target.endIndex
        segments = []
        query = []
        let path = target[..<mark].dropFirst()
        for part in path.isEmpty ? [] : path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = Self.decoded(part), !segment.isEmpty, segment != ".", segment != ".." else {
                return nil
            }
            segments.append(segment)
        }
        for part in target[mark...].dropFirst().split(separator: "&") {
            let sign = part.firstIndex(of: "=") ?? part.endIndex
            guard let name = Self.decoded(part[..<sign], plusIsBlank: true),
                let value = Self.decoded(part[sign...].dropFirst(), plusIsBlank: true)
            else { return nil }
            query.append((name, value))
        }
    }

    private static func decoded(_ text: Substring, plusIsBlank: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
