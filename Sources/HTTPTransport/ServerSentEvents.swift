/// One event of a `text/event-stream`.
package struct ServerSentEvent: Hashable, Sendable {
    /// The last id the stream named, which stays in force until the next; empty if none.
    package var id: String
    /// `message` unless the stream named a type.
    package var event: String
    package var data: String

    package init(id: String = "", event: String = "message", data: String) {
        self.id = id
        self.event = event
        self.data = data
    }
}

/// Turns chunks of bytes, cut anywhere, into events.
package struct ServerSentEvents: Sendable {
    private let maxEventBytes: Int
    private var line: [UInt8] = []
    private var lastWasCR = false
    private var isFirstLine = true
    private var id = ""
    private var event = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var isTooLong = false

    /// An event longer than `maxEventBytes` is left out; the stream goes on.
    package init(maxEventBytes: Int = 16 << 20) {
        self.maxEventBytes = maxEventBytes
    }

    /// The events that the chunk completes.
    package mutating func feed(_ bytes: [UInt8]) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where lastWasCR:
                lastWasCR = false
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                lastWasCR = byte == UInt8(ascii: "\r")
                if let event = endOfLine() { events.append(event) }
            default:
                lastWasCR = false
                if line.count + data.count < maxEventBytes { line.append(byte) } else { isTooLong = true }
            }
        }
        return events
    }

    private mutating func endOfLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: line.capacity < 64 << 10) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        }
        if line.isEmpty { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        var value = line[(colon.map { $0 + 1 } ?? line.endIndex)...]
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        // A line that starts with a colon is a comment: its name is empty and means nothing here.
        switch String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self) {
        case "data":
            if hasData { data.append(UInt8(ascii: "\n")) }
            data += value
            hasData = true
        case "event": event = String(decoding: value, as: UTF8.self)
        case "id": if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            data = []
            event = ""
            hasData = false
            isTooLong = false
        }
        guard hasData, !isTooLong else { return nil }
        return ServerSentEvent(
            id: id, event: event.isEmpty ? "message" : event, data: String(decoding: data, as: UTF8.self))
    }
}
