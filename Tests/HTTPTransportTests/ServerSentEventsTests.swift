import HTTPTransport
import Testing

struct ServerSentEventsTests {
    struct Sample: Sendable {
        var text: String
        var events: [ServerSentEvent]

        init(_ text: String, _ events: [ServerSentEvent]) {
            (self.text, self.events) = (text, events)
        }
    }

    static let samples: [Sample] = [
        Sample("data: a\n\n", [ServerSentEvent(data: "a")]),
        Sample(
            "data: a\r\ndata:b\r\n\r\ndata:  c\r\n\r\n", [ServerSentEvent(data: "a\nb"), ServerSentEvent(data: " c")]),
        Sample("data: a\r\rdata: b\r\r", [ServerSentEvent(data: "a"), ServerSentEvent(data: "b")]),
        Sample(": ping\n\n: ping\ndata: a\n\n", [ServerSentEvent(data: "a")]),
        Sample(
            "id: 7\nevent: done\ndata: a\n\ndata: b\n\n",
            [ServerSentEvent(id: "7", event: "done", data: "a"), ServerSentEvent(id: "7", data: "b")]),
        Sample("event: nothing\n\ndata: a\n\n", [ServerSentEvent(data: "a")]),
        Sample("data\n\n", [ServerSentEvent(data: "")]),
        Sample("\u{feff}data: ü€\nretry: 5\nother: x\n\n", [ServerSentEvent(data: "ü€")]),
        Sample("data: never finished\n", []),
    ]

    @Test("Events are read whole, however the bytes are cut", arguments: samples)
    func cuts(sample: Sample) {
        let bytes = Array(sample.text.utf8)
        for size in 1...bytes.count {
            var parser = ServerSentEvents()
            var events: [ServerSentEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += parser.feed(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(events == sample.events, "in pieces of \(size)")
        }
    }

    @Test("An event beyond the limit is left out and the next one is read")
    func limit() {
        var parser = ServerSentEvents(maxEventBytes: 20)
        let long = String(repeating: "x", count: 30)
        #expect(parser.feed(Array("data: \(long)\n\ndata: ok\n\n".utf8)) == [ServerSentEvent(data: "ok")])
    }
}
