/// Metrics as Prometheus reads them: its text format 0.0.4.
package struct Exposition: Sendable {
    /// The value of `Content-Type`.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package private(set) var text = ""

    package init() {}

    /// Begins a family; its samples have to follow. Without samples, leave it out.
    package mutating func begin(_ kind: Kind, _ name: String, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    package mutating func sample(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{"
            for (index, label) in labels.enumerated() {
                if index > 0 { text += "," }
                text += "\(label.name)=\"\(Self.escaped(label.value, quotes: true))\""
            }
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// A family of gauges that differ by one label.
    package mutating func gauges(_ name: String, _ help: String, label: String, _ values: [(String, Double)]) {
        guard !values.isEmpty else { return }
        begin(.gauge, name, help)
        for (value, number) in values { sample(name, [(label, value)], number) }
    }

    package mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        begin(.gauge, name, help)
        sample(name, [], value)
    }

    /// As Go writes it: whole numbers without a fraction, and the three that are no numbers by their names.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? "\(value)"
    }

    /// A quotation mark is escaped in the value of a label and nowhere else.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { [UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\"")].contains($0) })
        else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
