package import SagaCore

/// Header fields in the order they were sent; names are compared without case.
package struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(_ fields: [(String, String)]) {
        self.fields = fields.map { Field($0.0, $0.1) }
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    /// The first value of that name; setting replaces all of them, nil removes them.
    package subscript(_ name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue { fields.append(Field(name, newValue)) }
        }
    }

    package func values(_ name: String) -> [String] {
        fields.filter { Self.same($0.name, name) }.map(\.value)
    }

    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name, value))
    }

    /// How long `Retry-After` asks to wait, in seconds or until an HTTP date; nil where it is absent or unreadable.
    package func retryAfter(now: Moment) -> Duration? {
        guard let text = self["Retry-After"] else { return nil }
        if let seconds = Int64(text), seconds >= 0 { return .seconds(min(seconds, 31_536_000)) }
        guard let date = Self.moment(httpDate: text) else { return nil }
        return max(.zero, date - now)
    }

    /// When the other side sent it, by its clock, in whole seconds.
    package var date: Moment? { self["Date"].flatMap(Self.moment(httpDate:)) }

    /// Reads the one form of date that senders may write today: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func moment(httpDate text: String) -> Moment? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let twoDigits = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Moment(rfc3339: "\(parts[3])-\(twoDigits)-\(parts[1])T\(parts[4])Z")
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
