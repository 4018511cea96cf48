/// Markup. What stands in a literal is markup, what is interpolated is text and is escaped, unless it is markup itself:
/// there is no way to put text in unescaped.
struct HTML: Hashable, Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral text: String) {
        self.text = text
    }

    init(stringInterpolation: Interpolation) {
        text = stringInterpolation.text
    }

    /// Text as content or as an attribute's value in double quotes.
    init(escaping text: some StringProtocol) {
        self.text = Self.escaped(text)
    }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: some StringProtocol) { text += HTML.escaped(value) }
        mutating func appendInterpolation(_ number: some BinaryInteger) { text += String(number) }
        mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
        mutating func appendInterpolation(_ markup: HTML?) { text += markup?.text ?? "" }
        mutating func appendInterpolation(_ markup: [HTML]) { for part in markup { text += part.text } }
    }

    static let empty: HTML = ""

    static func + (left: HTML, right: HTML) -> HTML { "\(left)\(right)" }

    private static func escaped(_ value: some StringProtocol) -> String {
        var text = ""
        text.reserveCapacity(value.utf8.count)
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            case "\r": continue
            // Control characters are no HTML, and those that turn the direction of writing could disguise a text.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                text.unicodeScalars.append("\u{FFFD}")
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension [HTML] {
    func joined(by separator: HTML) -> HTML {
        guard let first else { return .empty }
        return dropFirst().reduce(first) { "\($0)\(separator)\($1)" }
    }
}

extension HTML {
    /// A link where the address is one that a browser opens as a page; else its text alone.
    static func link(to address: String, _ title: String) -> HTML {
        guard ["https://", "http://"].contains(where: address.hasPrefix) else { return "\(title)" }
        return "<a href=\"\(address)\" rel=\"noopener noreferrer\">\(title)</a>"
    }
}

/// Text as a segment of a path or a value in a query.
func percentEncoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            encoded.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            encoded += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }
    }
    return encoded
}
