import SagaCore

/// JSON text with the place of every value.
///
/// YAML readers refuse some sound JSON (tabs as indentation, surrogate escapes, long keys), so JSON has its own.
struct LocatedJSON {
    private struct Unreadable: Error {
        var reason: String
        var offset: Int
    }

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    private var cursor = (offset: 0, place: Located.Place.start)
    private(set) var problems: [Problem] = []
    static let deepest = 60

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Nil with a problem where it is no JSON; duplicate keys are problems of a value that is there.
    static func read(_ text: String) -> (value: Located?, problems: [Problem]) {
        var reader = LocatedJSON(text)
        do throws(Unreadable) {
            let value = try reader.value(at: "")
            reader.skipSpace()
            guard reader.at == reader.bytes.count else { throw reader.unreadable("text after the value") }
            return (value, reader.problems)
        } catch {
            let place = LocatedJSON.place(of: error.offset, in: reader.bytes)
            let problem = Problem(
                "not JSON: \(error.reason)", line: place.line, column: place.column, path: "")
            return (nil, [problem])
        }
    }

    private static func place(of offset: Int, in bytes: [UInt8]) -> Located.Place {
        var place = Located.Place.start
        advance(&place, over: bytes[0..<min(max(offset, 0), bytes.count)])
        return place
    }

    private static func advance(_ place: inout Located.Place, over bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == 0x0A {
                place = Located.Place(line: place.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                place.column += 1
            }
        }
    }

    /// The place of the next byte; the cursor only moves forward, so that a long line costs one pass.
    private mutating func here() -> Located.Place {
        Self.advance(&cursor.place, over: bytes[cursor.offset..<at])
        cursor.offset = at
        return cursor.place
    }

    private func unreadable(_ reason: String) -> Unreadable {
        Unreadable(reason: reason, offset: at)
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(at path: String) throws(Unreadable) -> Located {
        skipSpace()
        let place = here()
        guard at < bytes.count else { throw unreadable("the text ends where a value should be") }
        guard bytes[at] == UInt8(ascii: "{") || bytes[at] == UInt8(ascii: "[") else { return try scalar(place) }
        guard depth < Self.deepest else { throw unreadable("nested deeper than \(Self.deepest) levels") }
        depth += 1
        defer { depth -= 1 }
        at += 1
        if bytes[at - 1] == UInt8(ascii: "{") { return Located(.object(try members(at: path)), at: place) }
        return Located(.array(try items(at: path)), at: place)
    }

    private mutating func members(at path: String) throws(Unreadable) -> [Located.Member] {
        var members: [Located.Member] = []
        var first: [String: Located.Place] = [:]
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            let place = here()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\""), let key = try scalar(place).string else {
                throw unreadable("a key in double quotes was expected")
            }
            guard take(UInt8(ascii: ":")) else { throw unreadable("':' was expected") }
            let inner = JSONValue.path(path, key)
            let value = try value(at: inner)
            if let earlier = first[key] {
                problems.append(.duplicateKey(key, at: place, first: earlier, path: inner))
            } else {
                first[key] = place
                members.append(Located.Member(key: key, place: place, value: value))
            }
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw unreadable("',' or '}' was expected") }
        }
    }

    private mutating func items(at path: String) throws(Unreadable) -> [Located] {
        var items: [Located] = []
        if take(UInt8(ascii: "]")) { return items }
        while true {
            items.append(try value(at: JSONValue.path(path, items.count)))
            if take(UInt8(ascii: "]")) { return items }
            guard take(UInt8(ascii: ",")) else { throw unreadable("',' or ']' was expected") }
        }
    }

    /// Finds a scalar's end here and leaves its reading to the core.
    private mutating func scalar(_ place: Located.Place) throws(Unreadable) -> Located {
        let start = at
        if bytes[at] == UInt8(ascii: "\"") {
            at += 1
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
            at = min(at + 1, bytes.count)
        } else {
            let ends: [UInt8] = [0x20, 0x0A, 0x0D, 0x09, 0x2C, 0x3A, 0x5D, 0x7D]
            while at < bytes.count, !ends.contains(bytes[at]) { at += 1 }
        }
        guard at > start else { throw unreadable("a value was expected") }
        let raw = bytes[start..<at]
        let value: JSONValue
        do throws(JSONValue.Unreadable) {
            value = try JSONValue(parsing: Array(raw))
        } catch {
            throw Unreadable(reason: error.reason, offset: start + error.offset)
        }
        let typed = String(decoding: raw, as: UTF8.self)
        switch value {
        case .string(let text): return Located(.string(text), at: place)
        case .int(let number): return Located(.int(number), at: place, raw: typed)
        case .double(let number): return Located(.double(number), at: place, raw: typed)
        case .bool(let flag): return Located(.bool(flag), at: place, raw: typed)
        case .null, .array, .object: return Located(.null, at: place)
        }
    }
}

extension Problem {
    static func duplicateKey(_ key: String, at place: Located.Place, first: Located.Place, path: String) -> Problem {
        Problem(
            "duplicate key '\(key)', already given in line \(first.line)", line: place.line, column: place.column,
            path: path)
    }
}
