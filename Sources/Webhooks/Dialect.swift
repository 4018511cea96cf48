import SagaCore

/// How one sender signs, names and words things: one type a sender, one file a type.
protocol Dialect {
    /// Content types besides `application/json`.
    static func accepts(_ mediaType: String) -> Bool
    /// Whether `secret` made this delivery; `json` is the JSON text, out of the form where there was one.
    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool
    /// Every repository the body speaks of: a bound secret must match all of them, and there must be one.
    static func repositories(in message: Message) -> [String]
    static func deliveryID(of message: Message) -> String?
    static func signals(in message: Message) throws(Stop) -> [Signal]
}

/// A delivery whose signature holds, with its body parsed.
struct Message {
    var delivery: Delivery
    var json: JSONValue
    var servers: WoodpeckerServers
}

/// Why there is no signal in a delivery.
enum Stop: Error, Hashable {
    /// Of no interest here.
    case ignored(String)
    /// It ought to hold a signal, but something it needs is missing.
    case unreadable(String)
}

extension JSONValue {
    /// The value at the end of the path; nil where a member is missing or null.
    func at(_ path: [String]) -> JSONValue? {
        var value = self
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value.isNull ? nil : value
    }

    /// The text there; empty ones count as missing, since Go senders write "" for nothing.
    func text(_ path: String...) -> String? {
        guard let text = at(path)?.stringValue, !text.isEmpty else { return nil }
        return text
    }

    func number(_ path: String...) -> Int64? { at(path)?.intValue }

    /// The time there; zero times (0001-01-01, 1970-01-01) mean "not yet".
    func moment(_ path: String...) -> Moment? {
        guard let text = at(path)?.stringValue, let moment = Moment(rfc3339: text), moment.milliseconds > 0 else {
            return nil
        }
        return moment
    }

    func require(_ path: String...) throws(Stop) -> String {
        guard let text = at(path)?.stringValue, !text.isEmpty else {
            throw .unreadable("'\(path.joined(separator: "."))' is missing")
        }
        return text
    }
}
