import SagaCore

/// A value of a definition together with the place where it stands.
struct Located: Sendable {
    struct Place: Hashable, Comparable, Sendable {
        /// From 1.
        var line: Int
        var column: Int

        static let start = Place(line: 1, column: 1)

        static func < (a: Place, b: Place) -> Bool { (a.line, a.column) < (b.line, b.column) }
    }

    enum Value: Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        case double(Double)
        case string(String)
        case array([Located])
        case object([Member])
    }

    /// In the order written; keys are unique.
    struct Member: Sendable {
        var key: String
        var place: Place
        var value: Located
    }

    var value: Value
    var place: Place
    /// A scalar as it was typed: `1.10` is the number 1.1, and people need to be told.
    var raw: String?

    init(_ value: Value, at place: Place, raw: String? = nil) {
        self.value = value
        self.place = place
        self.raw = raw
    }

    var members: [Member]? {
        guard case .object(let members) = value else { return nil }
        return members
    }

    var items: [Located]? {
        guard case .array(let items) = value else { return nil }
        return items
    }

    var string: String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    var int: Int? {
        guard case .int(let number) = value else { return nil }
        return Int(exactly: number)
    }

    var bool: Bool? {
        guard case .bool(let flag) = value else { return nil }
        return flag
    }

    var isNull: Bool {
        guard case .null = value else { return false }
        return true
    }

    /// A key without a value (`depends_on:`) counts as not written.
    subscript(_ key: String) -> Located? { member(key)?.value }

    func member(_ key: String) -> Member? {
        members?.first { $0.key == key && !$0.value.isNull }
    }

    /// A list's items, or the one thing that stands in its place.
    var oneOrMany: [Located] { items ?? (isNull ? [] : [self]) }

    var json: JSONValue {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let items): .array(items.map(\.json))
        case .object(let members): .object(Dictionary(members.map { ($0.key, $0.value.json) }) { _, last in last })
        }
    }

    /// A scalar as text, as it was typed; nil for null, lists and maps.
    var scalarText: String? {
        switch value {
        case .string(let text): text
        case .bool, .int, .double: raw ?? json.text
        case .null, .array, .object: nil
        }
    }

    /// How a message names what stands here.
    var shown: String {
        switch value {
        case .null: "empty"
        case .bool, .int, .double: scalarText ?? ""
        case .string(let text): "'\(text.unicodeScalars.count > 60 ? text.prefix(57) + "…" : text[...])'"
        case .array: "a list"
        case .object: "a map"
        }
    }
}
