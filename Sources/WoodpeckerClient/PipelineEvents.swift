import HTTPTransport
package import SagaCore

/// What the server says in its event stream: a pipeline changed.
package struct StreamEvent: Hashable, Sendable {
    package var repo: Repo
    package var pipeline: Pipeline

    /// Nil where either is missing.
    package init?(_ json: JSONValue) {
        guard let repo = json["repo"].flatMap(Repo.init), let pipeline = json["pipeline"].flatMap(Pipeline.init) else {
            return nil
        }
        self.repo = repo
        self.pipeline = pipeline
    }
}

/// The server's events while connected: duplicates are normal, all public repositories included, nothing is replayed.
///
/// To be read once. Ends when the server hangs up, throws `HTTPFailure` when the connection breaks or falls silent.
package struct PipelineEvents: AsyncSequence, Sendable {
    package typealias Element = StreamEvent
    package typealias Failure = any Error

    let body: AsyncThrowingStream<[UInt8], any Error>

    package func makeAsyncIterator() -> Iterator {
        Iterator(chunks: body.makeAsyncIterator())
    }

    package struct Iterator: AsyncIteratorProtocol {
        var chunks: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator
        private var parser = ServerSentEvents()
        private var waiting: [StreamEvent] = []

        init(chunks: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator) {
            self.chunks = chunks
        }

        package mutating func next(isolation actor: isolated (any _Concurrency.Actor)?) async throws -> StreamEvent? {
            while waiting.isEmpty {
                guard let chunk = try await chunks.next(isolation: actor) else { return nil }
                // An event that cannot be read is a hint less; polling stays the authority.
                waiting = parser.feed(chunk).compactMap { event in
                    (try? JSONValue(parsing: event.data)).flatMap(StreamEvent.init)
                }.reversed()
            }
            return waiting.popLast()
        }
    }
}

extension WoodpeckerClient {
    /// The server pings every 30 s, so three missed pings are a dead connection.
    private static let silence = Duration.seconds(100)

    /// Subscribes; returns once the server took the subscription. Without a token only public repositories speak.
    package func events() async throws(WoodpeckerError) -> PipelineEvents {
        PipelineEvents(body: try await api.stream("/api/stream/events", silence: Self.silence).body)
    }
}
