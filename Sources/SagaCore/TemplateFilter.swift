/// What stands behind a `|` in a template.
package enum TemplateFilter: Hashable, Sendable {
    /// `default("x")`: stands in for a missing value or null.
    case standard(JSONValue)
    /// The value as JSON text.
    case json
    /// Percent-encoded, fit for any place in a URL.
    case url
    /// One word for a POSIX shell, in single quotes.
    case sh

    package enum Name: String, Hashable, Sendable, CaseIterable {
        case `default`
        case json
        case url
        case sh
    }

    /// Everything but RFC 3986's unreserved characters becomes `%XX`, byte by byte.
    package static func percentEncoded(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                out += ("%" + (byte < 16 ? "0" : "") + hex).utf8
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A quote inside ends the quoting, stands escaped, and opens it again.
    package static func shellQuoted(_ text: String) -> String {
        var out = String.UnicodeScalarView("'".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "'" { out.append(contentsOf: "'\\''".unicodeScalars) } else { out.append(scalar) }
        }
        out.append("'")
        return String(out)
    }
}
