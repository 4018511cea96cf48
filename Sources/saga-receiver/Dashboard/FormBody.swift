import Hummingbird
import SagaCore

/// What a browser's form sent.
struct FormBody: Sendable {
    private var fields: [String: String] = [:]

    /// - Throws: 415 for anything but a form, 413 for a large one, 400 where it cannot be read.
    init(_ call: Call) async throws {
        let type = (call.header(.contentType) ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw ProblemDetails(.unsupportedMediaType, "unsupported-media-type", "this takes forms of a browser alone")
        }
        let bytes = try await call.body(limit: Call.bodyLimit)
        guard let fields = Self.read(bytes) else { throw ProblemDetails.badRequest("the form cannot be read") }
        self.fields = fields
    }

    /// Nil where the field is missing or blank.
    subscript(_ name: String) -> String? {
        fields[name].flatMap { text in text.allSatisfy(\.isWhitespace) ? nil : text }
    }

    static func read(_ bytes: [UInt8]) -> [String: String]? {
        var fields: [String: String] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let sign = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = decoded(pair[..<sign]), let value = decoded(pair[sign...].dropFirst()),
                fields.updateValue(value, forKey: name) == nil
            else { return nil }
        }
        return fields
    }

    /// Unlike a query, a field may have several lines.
    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    return nil
                }
                // Forms send line ends as CR LF.
                if high << 4 | low != 0x0D { decoded.append(high << 4 | low) }
            default: decoded.append(byte)
            }
        }
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 }) else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
