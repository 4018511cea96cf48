import HTTPTransport
import TestSupport
import Testing

struct StreamTests {
    private static func text(_ bytes: [UInt8]?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("Chunks arrive while the answer goes on")
    func chunks() async throws {
        let (source, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        feed.yield(Array("one".utf8))
        try await withLoopbackServer({ _ in .events(source) }) { server in
            try await withClient { client in
                let stream = try await client.stream(HTTPRequest("GET", server.url))
                #expect(stream.status == 200)
                #expect(stream.headers["content-type"] == "text/event-stream")
                var chunks = stream.body.makeAsyncIterator()
                #expect(Self.text(try await chunks.next()) == "one")
                feed.yield(Array("two".utf8))
                #expect(Self.text(try await chunks.next()) == "two")
                feed.finish()
                #expect(try await chunks.next() == nil)
            }
        }
    }

    @Test("A stream that breaks off throws")
    func broken() async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            let url = silent.url
            async let opened = client.stream(HTTPRequest("GET", url))
            _ = try await silent.takeOne(
                answering: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            var chunks = try await opened.body.makeAsyncIterator()
            #expect(Self.text(try await chunks.next()) == "one")
            let error = await #expect(throws: HTTPFailure.self) { _ = try await chunks.next() }
            #expect(error?.kind == .connectionLost)
        }
    }

    @Test("Cancelling the reader, or dropping the stream, hangs up on the server", arguments: [true, false])
    func hangsUp(cancels: Bool) async throws {
        let silent = try SilentPort()
        defer { silent.close() }
        try await withClient { client in
            let url = silent.url
            let (started, hasStarted) = AsyncStream<Void>.makeStream()
            let reader = Task {
                let stream = try await client.stream(HTTPRequest("GET", url))
                for try await _ in stream.body {
                    hasStarted.finish()
                    if !cancels { return }
                }
            }
            let connection = try await silent.takeAndHold(
                answering: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            for await _ in started {}
            if cancels { reader.cancel() }
            _ = await reader.result
            #expect(await silent.isHungUp(connection))
        }
    }

    @Test("A silent stream ends by its limit of silence")
    func silence() async throws {
        try await withLoopbackServer({ _ in try await LoopbackServer.never() }) { server in
            try await withClient { client in
                let error = await #expect(throws: HTTPFailure.self) {
                    _ = try await client.stream(HTTPRequest("GET", server.url, silence: .seconds(1)))
                }
                #expect(error?.kind == .timeout)
            }
        }
    }

    @Test("Opening a stream fails like any request")
    func refused() async throws {
        let silent = try SilentPort()
        silent.close()
        try await withClient { client in
            let error = await #expect(throws: HTTPFailure.self) {
                _ = try await client.stream(HTTPRequest("GET", silent.url))
            }
            #expect(error?.kind == .refused)
        }
    }
}
