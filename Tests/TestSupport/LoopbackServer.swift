import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// A real HTTP server on a free loopback port that answers what a test tells it to, and remembers what it was asked.
package final class LoopbackServer: Sendable {
    package struct Request: Hashable, Sendable {
        package var method: String
        /// As it was sent, without the query.
        package var path: String
        /// As it was sent; empty if none.
        package var query: String
        /// Names in lower case; several fields of one name joined by `, `.
        package var headers: [String: String]
        package var body: [UInt8]
        /// The client's end of the connection: equal for requests that shared one.
        package var peer: String

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package enum Body: Sendable {
        case bytes([UInt8])
        /// Sent chunk by chunk; a stream that throws breaks the connection off.
        case stream(AsyncThrowingStream<[UInt8], any Error>)
        /// No answer at all, not even a status: the connection is closed.
        case hangUp
    }

    package struct Response: Sendable {
        package var status: Int
        package var headers: [(String, String)]
        package var body: Body

        package init(_ status: Int, headers: [(String, String)] = [], body: Body = .bytes([])) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        package static func text(_ text: String, status: Int = 200) -> Response {
            Response(status, headers: [("Content-Type", "text/plain")], body: .bytes(Array(text.utf8)))
        }

        package static func json(_ text: String, status: Int = 200) -> Response {
            Response(status, headers: [("Content-Type", "application/json")], body: .bytes(Array(text.utf8)))
        }

        package static let hangUp = Response(500, body: .hangUp)

        package static func events(_ chunks: AsyncThrowingStream<[UInt8], any Error>) -> Response {
            Response(200, headers: [("Content-Type", "text/event-stream")], body: .stream(chunks))
        }
    }

    package typealias Handler = @Sendable (Request) async throws -> Response

    package let port: Int
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    package var url: String { "http://127.0.0.1:\(port)" }
    /// What was asked so far, in the order of arrival.
    package var requests: [Request] { log.requests.withLock { $0 } }

    private let log: Log
    private let services: ServiceGroup
    private let task: Task<Void, any Error>

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private init(port: Int, log: Log, services: ServiceGroup, task: Task<Void, any Error>) {
        self.port = port
        self.log = log
        self.services = services
        self.task = task
    }

    /// A server that listens already. The caller owes it a `stop()`; `withLoopbackServer` does that by itself.
    package static func start(_ handler: @escaping Handler) async throws -> LoopbackServer {
        let log = Log()
        let (ports, port) = AsyncThrowingStream<Int, any Error>.makeStream()
        let responder = CallbackResponder<PeerContext> { request, context in
            let asked = try await Request(request, peer: context.peer)
            log.requests.withLock { $0.append(asked) }
            let response = try await cancelWhenGracefulShutdown { try await handler(asked) }
            if case .hangUp = response.body { try? await context.channel.close() }
            return Self.answer(response)
        }
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) })
        let services = ServiceGroup(configuration: .init(services: [application], logger: application.logger))
        let task = Task {
            do {
                try await services.run()
                port.finish()
            } catch {
                port.finish(throwing: error)
                throw error
            }
        }
        for try await number in ports { return LoopbackServer(port: number, log: log, services: services, task: task) }
        throw CancellationError()
    }

    /// Cancels the handlers that still run, breaks off their answers, and frees the port.
    package func stop() async {
        // Not by cancelling the task: NIO does not survive that while it takes a connection.
        await services.triggerGracefulShutdown()
        _ = await task.result
    }

    /// Never answers: returns only when the server is stopped or the request is given up.
    package static func never() async throws -> Response {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }

    private static func answer(_ response: Response) -> Hummingbird.Response {
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let body: ResponseBody =
            switch response.body {
            case .bytes(let bytes): ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            case .hangUp: ResponseBody()
            case .stream(let chunks):
                ResponseBody { writer in
                    for try await chunk in chunks.cancelOnGracefulShutdown() {
                        try await writer.write(ByteBuffer(bytes: chunk))
                    }
                    if Task.isShuttingDownGracefully { throw CancellationError() }
                    try await writer.finish(nil)
                }
            }
        return Hummingbird.Response(status: .init(code: response.status), headers: fields, body: body)
    }
}

/// Remembers which connection a request came by.
private struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: String
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = source.channel.remoteAddress.map { "\($0)" } ?? ""
    }
}

extension LoopbackServer.Request {
    fileprivate init(_ request: Hummingbird.Request, peer: String) async throws {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
        }
        let target = request.head.path ?? ""
        let mark = target.firstIndex(of: "?") ?? target.endIndex
        let body = try await request.body.collect(upTo: 64 << 20)
        self.init(
            method: request.method.rawValue, path: String(target[..<mark]),
            query: String(target[mark...].dropFirst()), headers: headers,
            body: Array(body.readableBytesView), peer: peer)
    }
}

/// Runs `body` against a server that is stopped when `body` is done, however it ends.
package func withLoopbackServer<Answer>(
    _ handler: @escaping LoopbackServer.Handler, _ body: (LoopbackServer) async throws -> Answer
) async throws -> Answer {
    let server = try await LoopbackServer.start(handler)
    do {
        let answer = try await body(server)
        await server.stop()
        return answer
    } catch {
        await server.stop()
        throw error
    }
}
