import SagaCore
import Synchronization

/// One request, understood: what is asked, and by whom.
struct FakeQuestion {
    var call: FakeWoodpecker.Call
    /// The repository's name or id, as the call has it.
    var repo = ""
    var number: Int64 = 0
    var query: [(String, String)] = []
    var body: [UInt8] = []
    /// Nobody, where the token is not valid.
    var login: String?

    /// Nil for what the server does not have.
    init?(_ request: LoopbackServer.Request, prefix: String, tokens: [String: String]) {
        guard request.path.hasPrefix(prefix) else { return nil }
        let path = request.path.dropFirst(prefix.count).split(separator: "/").map { Self.decoded(String($0)) }
        switch (request.method, path.count) {
        case ("GET", 1) where path == ["version"]: call = .version
        case ("GET", 2) where path == ["api", "user"]: call = .user
        case ("GET", 3) where path == ["api", "stream", "events"]: call = .events
        case ("GET", 4...) where path.starts(with: ["api", "repos", "lookup"]):
            call = .lookup
            repo = path.dropFirst(3).joined(separator: "/")
        case (_, 3...) where path.starts(with: ["api", "repos"]):
            repo = path[2]
            guard let named = Self.call(request.method, Array(path.dropFirst(3))) else { return nil }
            call = named
            number = path.count > 4 ? Int64(path[4]) ?? 0 : 0
        default: return nil
        }
        query = request.query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
        body = request.body
        let authorization = request.headers["authorization"] ?? ""
        if authorization.hasPrefix("Bearer ") { login = tokens[String(authorization.dropFirst(7))] }
    }

    private static func call(_ method: String, _ path: [String]) -> FakeWoodpecker.Call? {
        switch (method, path.count) {
        case ("GET", 0): .repo
        case ("GET", 1) where path == ["pipelines"]: .list
        case ("POST", 1) where path == ["pipelines"]: .create
        case ("GET", 2) where path[0] == "pipelines": .pipeline
        case ("POST", 2) where path[0] == "pipelines": .restart
        case ("POST", 3) where path[0] == "pipelines":
            ["cancel", "approve", "decline"].contains(path[2])
                ? FakeWoodpecker.Call(rawValue: path[2]) : nil
        default: nil
        }
    }

    func value(_ name: String) -> String? { query.first { $0.0 == name }?.1 }

    private static func decoded(_ text: String) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                rest = rest.dropFirst(2)
                out.append(code)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension FakeWorld {
    func answer(_ request: LoopbackServer.Request) async throws -> LoopbackServer.Response {
        guard let question = FakeQuestion(request, prefix: prefix, tokens: tokens) else {
            return LoopbackServer.Response(404)
        }
        let (isDown, fault) = state.withLock { state in
            state.counts[question.call, default: 0] += 1
            guard !state.isDown, state.faults[question.call]?.isEmpty == false else {
                return (state.isDown, FakeWoodpecker.Fault?.none)
            }
            return (false, state.faults[question.call]?.removeFirst())
        }
        if isDown { return Self.broken }
        switch fault {
        case nil:
            return answer(question)
        case .answer(let status, let text, let headers):
            return LoopbackServer.Response(status, headers: headers, body: .bytes(Array(text.utf8)))
        case .dropBefore:
            return Self.broken
        case .dropAfter:
            _ = answer(question)
            return Self.broken
        case .hold:
            let answer = answer(question)
            let (gate, opened) = AsyncStream<Never>.makeStream()
            state.withLock { $0.held.append(opened) }
            for await _ in gate {}
            return answer
        }
    }

    /// The connection ends in the middle of an answer.
    private static var broken: LoopbackServer.Response {
        LoopbackServer.Response(
            200, headers: [("Content-Type", "application/json")],
            body: .stream(AsyncThrowingStream { $0.finish(throwing: Broken()) }))
    }

    private func answer(_ question: FakeQuestion) -> LoopbackServer.Response {
        switch question.call {
        case .version:
            return .json(#"{"source":"https://github.com/woodpecker-ci/woodpecker","version":"3.18.0"}"#)
        case .user:
            guard let login = question.login else { return Self.unauthorized }
            return .json(JSONValue.object(["id": 1, "login": .string(login), "admin": false]).json)
        case .events:
            return events(question)
        case .lookup, .repo, .list, .pipeline, .create, .restart, .cancel, .approve, .decline:
            return state.withLock { answer(question, &$0) }
        }
    }

    static var unauthorized: LoopbackServer.Response { .text("User not authorized", status: 401) }

    /// Public repositories speak to everyone, private ones to whoever had a valid token when the stream began.
    private func events(_ question: FakeQuestion) -> LoopbackServer.Response {
        let (chunks, speaker) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let id = state.withLock { state in
            let id = state.newID()
            state.listeners[id] = State.Listener(chunks: speaker, seesPrivate: question.login != nil)
            speaker.yield(Array(": ping\n\n".utf8))
            return id
        }
        speaker.onTermination = { [self] _ in state.withLock { _ = $0.listeners.removeValue(forKey: id) } }
        return .events(chunks)
    }
}
