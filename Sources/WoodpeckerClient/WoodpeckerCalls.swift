import HTTPTransport
import SagaCore

/// One HTTP exchange with a server: token and address in, a judged answer out.
struct WoodpeckerCalls: Sendable {
    /// Woodpecker fetches the configuration from the forge before it answers, and posts statuses there.
    private static let writeTimeout = Duration.seconds(120)
    private static let maxBodyBytes = 32 << 20

    let server: String
    let token: String?
    let http: any HTTPClient

    struct Answer {
        var response: HTTPResponse
        var call: String
        var isRead: Bool

        /// Reads the body as JSON and makes a value of it.
        func decoded<Value>(_ make: (JSONValue) -> Value?) throws(WoodpeckerError) -> Value {
            let json: JSONValue
            do throws(JSONValue.Unreadable) {
                json = try JSONValue(parsing: response.body)
            } catch {
                throw unreadable("no JSON (\(error)).")
            }
            guard let value = make(json) else { throw unreadable("a field that belongs there is missing.") }
            return value
        }

        private func unreadable(_ reason: String) -> WoodpeckerError {
            WoodpeckerError(.unreadable(reason), call: call, isRead: isRead)
        }
    }

    func get<Value>(_ path: String, _ make: (JSONValue) -> Value?) async throws(WoodpeckerError) -> Value {
        try await send("GET", path, timeout: .seconds(30)).decoded(make)
    }

    func post(_ path: String, body: JSONValue? = nil) async throws(WoodpeckerError) -> Answer {
        try await send("POST", path, body: body, timeout: Self.writeTimeout)
    }

    func stream(_ path: String, silence: Duration) async throws(WoodpeckerError) -> HTTPStream {
        var request = request("GET", path)
        request.headers["Accept"] = "text/event-stream"
        request.silence = silence
        let call = call("GET", path)
        let stream: HTTPStream
        do throws(HTTPFailure) {
            stream = try await http.stream(request)
        } catch {
            throw WoodpeckerError(.unreachable(error), call: call, isRead: true)
        }
        if let error = Self.error(status: stream.status, headers: stream.headers, text: "", call: call, isRead: true) {
            throw error
        }
        return stream
    }

    private func send(
        _ method: String, _ path: String, body: JSONValue? = nil, timeout: Duration
    ) async throws(WoodpeckerError) -> Answer {
        var request = request(method, path)
        request.timeout = timeout
        request.maxBodyBytes = Self.maxBodyBytes
        if let body {
            request.body = Array(body.json.utf8)
            request.headers["Content-Type"] = "application/json"
        }
        let (call, isRead) = (call(method, path), method == "GET")
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await http.send(request)
        } catch {
            throw WoodpeckerError(.unreachable(error), call: call, isRead: isRead)
        }
        if let error = Self.error(
            status: response.status, headers: response.headers, text: Self.excerpt(response), call: call, isRead: isRead
        ) {
            throw error
        }
        return Answer(response: response, call: call, isRead: isRead)
    }

    private func request(_ method: String, _ path: String) -> HTTPRequest {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token, !token.isEmpty { headers["Authorization"] = "Bearer \(token)" }
        return HTTPRequest(method, server + path, headers: headers)
    }

    /// How messages name the call: no scheme, no credentials, no query.
    private func call(_ method: String, _ path: String) -> String {
        let address = ServerAddress.normalized(server)
        let host = address.firstRange(of: "://").map { String(address[$0.upperBound...]) } ?? address
        return "\(method) \(host)\(path.prefix { $0 != "?" })"
    }

    private static func error(
        status: Int, headers: HTTPHeaders, text: String, call: String, isRead: Bool
    ) -> WoodpeckerError? {
        let kind: WoodpeckerError.Kind
        switch status {
        case 200..<300: return nil
        case 300..<400:
            kind = .badRequest("a redirect (\(status)) came back; check the server's address.")
        case 401: kind = .unauthorized
        case 403, 404: kind = .notFoundOrNoPermission
        case 408, 425, 429, 500...: kind = .server(status: status, text)
        default: kind = .badRequest(text.isEmpty ? "status \(status)." : text)
        }
        return WoodpeckerError(kind, call: call, isRead: isRead, retryAfter: delay(headers))
    }

    private static func delay(_ headers: HTTPHeaders) -> Duration? {
        // Only the form in seconds: a date would need a clock, and neither Woodpecker nor common proxies send one.
        headers["Retry-After"].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : .seconds(min($0, 86_400)) }
    }

    /// The first line of a plain answer; a proxy's page of HTML says nothing that helps.
    private static func excerpt(_ response: HTTPResponse) -> String {
        let line = response.text.prefix(300).split(whereSeparator: \.isNewline).first ?? ""
        return line.hasPrefix("<") ? "" : String(line)
    }
}
