/// One request, complete with its limits.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Absolute, `http` or `https`.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]?
    /// From the start to the last byte of the answer; streams have no such limit.
    package var timeout: Duration
    /// A longer answer is cut off with `tooLarge`; counted after decompression. Does not bind streams.
    package var maxBodyBytes: Int
    /// How long a stream may bring nothing at all, in whole seconds, before it ends with `timeout`; nil: for ever.
    package var silence: Duration?
    /// False refuses to connect to link-local and cloud metadata addresses, whatever name led there.
    package var allowsLinkLocal: Bool
    /// Whether a request that got lost on a kept connection may be sent again behind the caller's back.
    ///
    /// Nothing tells a connection that the server closed while idle from one that died after the server acted, so
    /// what must not happen twice gets a connection of its own. Default: true for the methods that are idempotent.
    package var repeatable: Bool

    package init(
        _ method: String, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
        timeout: Duration = .seconds(30), maxBodyBytes: Int = 10 << 20, silence: Duration? = nil,
        allowsLinkLocal: Bool = true, repeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maxBodyBytes = maxBodyBytes
        self.silence = silence
        self.allowsLinkLocal = allowsLinkLocal
        self.repeatable = repeatable ?? ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method)
    }
}

/// A whole answer, whatever its status.
package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The body as text; what is not UTF-8 is replaced.
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// The head of an answer whose body goes on arriving.
package struct HTTPStream: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    /// Chunks as they come; throws `HTTPFailure`. Dropping it, or cancelling the task that reads it, hangs up.
    package var body: AsyncThrowingStream<[UInt8], any Error>

    package init(status: Int, headers: HTTPHeaders, body: AsyncThrowingStream<[UInt8], any Error>) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What the other rooms need of HTTP.
package protocol HTTPClient: Sendable {
    /// The answer with its whole body; a status of 400 and above is an answer, not a failure.
    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
    /// Returns when the head is there; the body follows for as long as both sides want.
    func stream(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPStream
}
