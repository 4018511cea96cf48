/// Any JSON value. Whole numbers keep all 64 bits, since forges' ids do not fit a `Double`.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    package var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var intValue: Int64? {
        switch self {
        case .int(let number): number
        // Beyond that, a double no longer tells whole numbers apart.
        case .double(let number): abs(number) <= 0x1p53 ? Int64(exactly: number) : nil
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var boolValue: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    package var arrayValue: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    package var objectValue: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var isNull: Bool { self == .null }

    /// The member of an object; nil for everything else and for a missing member.
    package subscript(_ key: String) -> JSONValue? { objectValue?[key] }

    /// The element of an array; nil for everything else and beyond its ends.
    package subscript(_ index: Int) -> JSONValue? {
        guard let items = arrayValue, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// Scalars as plain text, the rest as JSON: how a value reads inside a sentence or a joined template.
    package var text: String {
        switch self {
        case .string(let text): text
        case .null, .bool, .int, .double, .array, .object: json
        }
    }

    /// Leaves out members that are nil, so that views can be written as one literal.
    package static func object(compacting members: [String: JSONValue?]) -> JSONValue {
        .object(members.compactMapValues { $0 })
    }

    /// Each string in the value, at any depth, replaced by what `transform` makes of it; keys stay.
    package func mapStrings<E: Error>(_ transform: (String) throws(E) -> JSONValue) throws(E) -> JSONValue {
        switch self {
        case .string(let text):
            return try transform(text)
        case .array(let items):
            var mapped: [JSONValue] = []
            for item in items { mapped.append(try item.mapStrings(transform)) }
            return .array(mapped)
        case .object(let members):
            var mapped: [String: JSONValue] = [:]
            for (key, value) in members { mapped[key] = try value.mapStrings(transform) }
            return .object(mapped)
        case .null, .bool, .int, .double:
            return self
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
