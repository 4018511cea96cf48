import SagaCore

/// The keys of one kind of map, in one place: checking, reading and the JSON Schema all follow it.
struct KeyTable: Sendable {
    var keys: [Key]
    var rules: [KeyRule] = []

    struct Key: Sendable {
        var name: String
        var type: KeyType
        var doc: String
        var isRequired: Bool

        init(_ name: String, _ type: KeyType, _ doc: String, isRequired: Bool = false) {
            self.name = name
            self.type = type
            self.doc = doc
            self.isRequired = isRequired
        }
    }

    subscript(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// What ties keys of one map together.
enum KeyRule: Sendable {
    case exactlyOne([String])
    /// These have a meaning only where that one is given.
    case onlyWith(String, [String])
    /// These have no meaning where that one is given.
    case neverWith(String, [String])
    case anyOf([String], unless: String)
}

/// What may stand behind a key.
indirect enum KeyType: Sendable {
    /// A saga's or a step's name.
    case name
    case text
    case flag
    case whole(ClosedRange<Int>)
    /// A number from 0 to 1.
    case share
    case duration
    /// A duration above zero.
    case timeout
    case choice([String])
    /// Text, a number or a flag, kept as text the way it was typed.
    case scalar
    case url
    /// RFC 3339.
    case time
    case pointer
    /// An HTTP status or a range of them.
    case statusCode
    /// With that many items.
    case list(KeyType, count: ClosedRange<Int> = 0...Int.max)
    case oneOrMany(KeyType)
    case map(KeyType, keys: KeyNames)
    case object(KeyTable)
    /// A step's `config`, whose table hangs on the action.
    case config
    case anything

    enum KeyNames: Sendable {
        case any
        case variables
        case outputs
    }
}

extension KeyType {
    static func choice<E: CaseIterable & RawRepresentable<String>>(_ type: E.Type) -> KeyType {
        .choice(type.allCases.map(\.rawValue))
    }

    /// Completes "must be …".
    var wanted: String {
        switch self {
        case .name: "a name of lower-case letters, digits, '-' and '_', at most 63 characters"
        case .text: "text"
        case .flag: "true or false"
        case .whole(let range):
            range.upperBound == .max
                ? "a whole number, at least \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .share: "a number from 0 to 1"
        case .duration: "a duration such as 250ms, 5s, 1m30s or 2h"
        case .timeout: "a duration above zero such as 250ms, 5s, 1m30s or 2h"
        case .choice(let words): words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
        case .scalar: "text, a number, true or false"
        case .url: "a URL that starts with http:// or https://"
        case .time: "a time such as 2026-01-31T09:00:00Z"
        case .pointer: "a JSON Pointer such as /data/id"
        case .statusCode: "an HTTP status such as 201 or a range such as 200-299"
        case .list: "a list"
        case .oneOrMany(let type): "a list, or \(type.wanted)"
        case .map, .object, .config: "a map"
        case .anything: "anything"
        }
    }
}
