import HTTPTransport
import SagaCore

/// `api`: one HTTP request with an idempotency key.
extension ActionRouter {
    func api(_ config: StepConfig, _ order: WorkOrder) async throws(Failure) -> Outcome {
        let request = try request(config, order)
        let expected = try StatusSet(config.value("expect_status"))
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await http.send(request)
        } catch {
            throw Failure(error)
        }
        let body = Self.body(of: response)
        var output: [String: JSONValue] = [
            "status": .int(Int64(response.status)),
            "headers": .object(
                Dictionary(response.headers.fields.map { ($0.name.lowercased(), .string($0.value)) }) {
                    .string($0.text + ", " + $1.text)
                }),
            "body": body,
        ]
        guard expected.contains(response.status) else {
            throw Failure(
                Self.class(of: response.status),
                "\(request.method) \(Self.shown(request.url)) answered \(response.status)" + excerpt(body),
                retryAfter: response.headers.retryAfter(now: now()), output: .object(output))
        }
        for (name, pointer) in try config.textMap("output") {
            guard let value = (try? JSONPointer(pointer))?.resolve(in: body) else {
                throw Failure(
                    .permanent, "the answer has nothing at \(pointer) (config.output.\(name))", output: .object(output))
            }
            output[name] = value
        }
        return .succeeded(output: .object(output))
    }

    private func request(_ config: StepConfig, _ order: WorkOrder) throws(Failure) -> HTTPRequest {
        guard let url = try config.text("url") else { throw Failure(.permanent, "config.url is missing") }
        try HostRule(allowed: settings.allowedHosts).check(url)
        let body = config.value("body")
        let key = order.saga.idempotencyKey(of: order.step)
        var headers: HTTPHeaders = [
            "Idempotency-Key": key, "X-Saga-Id": order.saga.id, "X-Saga-Step": order.step.name,
            "X-Saga-Attempt": String(order.step.attempt),
        ]
        if body?.stringValue == nil, body != nil { headers["Content-Type"] = "application/json" }
        for (name, value) in try config.textMap("headers") { headers[name] = value }
        return HTTPRequest(
            try config.text("method")?.uppercased() ?? (body == nil ? "GET" : "POST"), url, headers: headers,
            body: body.map { Array(($0.stringValue ?? $0.json).utf8) },
            timeout: try config.duration("request_timeout") ?? .seconds(30),
            allowsLinkLocal: !settings.allowedHosts.isEmpty)
    }

    /// The class of an unexpected status.
    static func `class`(of status: Int) -> Failure.Class {
        [408, 425, 429].contains(status) || status >= 500 ? .retryable : .permanent
    }

    private static func body(of response: HTTPResponse) -> JSONValue {
        if response.body.isEmpty { return .null }
        let isJSON = response.headers["Content-Type"].map { $0.lowercased().contains("json") } ?? true
        if isJSON, let json = try? JSONValue(parsing: response.body) { return json }
        return .string(response.text)
    }

    /// The URL without its query and credentials, which may hold secrets of other people's making.
    private static func shown(_ url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = path.firstRange(of: "://"), let at = path.lastIndex(of: "@"),
            !path[scheme.upperBound..<at].contains("/")
        else { return String(path) }
        return String(path[..<scheme.upperBound] + path[path.index(after: at)...])
    }

    private func excerpt(_ body: JSONValue) -> String {
        guard !body.isNull else { return "" }
        // Cleaned before it is cut: half a secret would not be found any more.
        let text = redaction.clean(body.text).prefix(300).split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.isEmpty ? "" : ": \(text)"
    }
}

/// The statuses that count as success: codes and ranges; by default 200 to 299.
struct StatusSet {
    private let ranges: [ClosedRange<Int>]

    init(_ value: JSONValue?) throws(Failure) {
        guard let value else {
            ranges = [200...299]
            return
        }
        var ranges: [ClosedRange<Int>] = []
        for item in value.arrayValue ?? [value] {
            let parts = item.text.split(separator: "-", omittingEmptySubsequences: false)
            let bounds = parts.compactMap { Int($0.filter { $0 != " " }) }
            guard bounds.count == parts.count, let first = bounds.first, let last = bounds.last, bounds.count <= 2,
                first <= last
            else {
                throw Failure(.permanent, "config.expect_status: '\(item.text)' is no status or range such as 200-299")
            }
            ranges.append(first...last)
        }
        self.ranges = ranges
    }

    func contains(_ status: Int) -> Bool {
        ranges.contains { $0.contains(status) }
    }
}
