import Logging
import SagaCore

/// One event of the log, and how it reads. Whatever it holds, it stays one line.
struct LogLine {
    var at: Moment
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata

    func rendered(as format: LogFormat) -> String {
        switch format {
        case .text: text
        case .json: json
        }
    }

    /// `2026-01-31T09:05:07.123Z INFO message key=value`
    private var text: String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \(Self.escaped($0.key))=\(Self.value($0.value))" }
        return "\(at) \(Self.name(of: level).uppercased()) \(Self.escaped(message))\(pairs.joined())"
    }

    /// The fixed members come first, for people who read it all the same.
    private var json: String {
        let fixed: [(String, JSONValue)] = [
            ("time", .string(at.description)), ("level", .string(Self.name(of: level))), ("message", .string(message)),
        ]
        let taken = Set(fixed.map(\.0))
        let rest = metadata.sorted { $0.key < $1.key }.map { key, value in
            (taken.contains(key) ? "\(key)_" : key, Self.json(value))
        }
        let members = (fixed + rest).map { "\(JSONValue.string($0.0).json):\($0.1.json)" }
        return "{\(members.joined(separator: ","))}"
    }

    private static func name(of level: Logger.Level) -> String {
        level == .warning ? "warn" : level.rawValue
    }

    private static func value(_ value: Logger.MetadataValue) -> String {
        let plain: String
        switch value {
        case .string(let text): plain = text
        case .stringConvertible(let thing): plain = thing.description
        case .array, .dictionary: return escaped(json(value).json)
        }
        let needsQuotes = plain.isEmpty || plain.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        guard needsQuotes else { return escaped(plain) }
        return "\"" + escaped(plain).replacing("\"", with: "\\\"") + "\""
    }

    private static func json(_ value: Logger.MetadataValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let number as any BinaryInteger): .int(Int64(clamping: number))
        case .stringConvertible(let flag as Bool): .bool(flag)
        case .stringConvertible(let thing): .string(thing.description)
        case .array(let items): .array(items.map(json))
        case .dictionary(let members): .object(members.mapValues(json))
        }
    }

    /// Nothing that a log viewer would take for a new line, a colour or a change of direction.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where isUnsafe(scalar): out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format: true
        default: false
        }
    }
}
