import HTTPTransport
import SagaCore

extension RemoteSagas {
    /// Asks until there is an answer, the patience is over, or asking again might do it twice.
    func call(
        _ method: String, _ path: String, query: [(String, String?)] = [], body: JSONValue? = nil,
        repeatable: Bool = true
    ) async throws(DeskFailure) -> (status: Int, json: JSONValue) {
        let request = request(method, path, query, body)
        let end = ContinuousClock.now + patience
        var delay: Duration = .milliseconds(250)
        while true {
            let problem: String
            switch await attempt(request) {
            case .success(let response) where !Self.isBusy(response.status):
                return try answer(response)
            case .success(let response):
                problem = "the receiver at \(server) answered \(response.status)" + Self.detail(response)
                // These two say that nothing was done.
                guard repeatable || response.status == 429 || response.status == 503 else {
                    throw .unreachable(problem)
                }
            case .failure(let failure):
                problem = "could not reach the receiver at \(server): \(failure.message)"
                guard Self.mayPass(failure), repeatable || !failure.mayHaveBeenSent else {
                    throw .unreachable(problem)
                }
            }
            let left = ContinuousClock.now.duration(to: end)
            guard delay < left else { throw .unreachable(problem) }
            let said = problem.hasSuffix(".") ? String(problem.dropLast()) : problem
            onRetry("\(said); asking again for up to \(GoDuration.text(.seconds(left.components.seconds + 1)))")
            guard (try? await Task.sleep(for: delay)) != nil else {
                throw .unreachable(problem)
            }
            delay = min(delay * 2, .seconds(5))
        }
    }

    private func attempt(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
        do throws(HTTPFailure) {
            return .success(try await http.send(request))
        } catch {
            return .failure(error)
        }
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "~"):
                    true
                default: false
                }
            let hex = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
    }

    private func request(
        _ method: String, _ path: String, _ query: [(String, String?)], _ body: JSONValue?
    ) -> HTTPRequest {
        let pairs = query.compactMap { name, value in value.map { name + "=" + Self.encoded($0) } }
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token { headers["Authorization"] = "Bearer " + token }
        if body != nil { headers["Content-Type"] = "application/json" }
        return HTTPRequest(
            method, server + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")), headers: headers,
            body: body.map { Array($0.json.utf8) }, maxBodyBytes: 64 << 20)
    }

    private func answer(_ response: HTTPResponse) throws(DeskFailure) -> (status: Int, json: JSONValue) {
        let json = try? JSONValue(parsing: response.body)
        if (200..<300).contains(response.status) {
            if let json { return (response.status, json) }
            if response.body.isEmpty { return (response.status, [:]) }
            throw .unreachable("what \(server) answers is not the JSON of a saga receiver; check the address")
        }
        let detail = json?["detail"]?.stringValue ?? json?["title"]?.stringValue
        switch response.status {
        case 401:
            throw .forbidden(
                "the receiver at \(server) does not accept the token"
                    + (token == nil ? ": none was given" : Self.detail(response)))
        case 403:
            // The one 403 that is about the saga and not about the token: whoever approves is not on its list.
            if let detail, json?["type"]?.stringValue?.hasSuffix("not-an-approver") == true { throw .refused(detail) }
            throw .forbidden("the receiver at \(server) does not allow that to this token" + Self.detail(response))
        case 404 where detail != nil:
            throw .unknownSaga(detail ?? "there is no such saga")
        case 409, 501:
            throw .refused(detail ?? "the receiver refused it")
        case 400, 413, 415, 422:
            throw .invalid(
                detail ?? "the receiver answered \(response.status)", errors: json?["errors"]?.arrayValue ?? [])
        case 300..<400:
            throw .unreachable(
                "\(server) redirects" + (response.headers["Location"].map { " to \($0)" } ?? "")
                    + "; give the receiver's own address")
        default:
            throw .unreachable(
                "\(server) answered \(response.status)" + Self.detail(response) + "; is it a saga receiver?")
        }
    }

    private static func detail(_ response: HTTPResponse) -> String {
        let json = try? JSONValue(parsing: response.body)
        return (json?["detail"]?.stringValue ?? json?["title"]?.stringValue).map { ": \($0)" } ?? ""
    }

    private static func isBusy(_ status: Int) -> Bool {
        status == 408 || status == 429 || status >= 500 && status != 501
    }

    /// Whether waiting may help; a wrong address, certificate or CA file stays wrong.
    private static func mayPass(_ failure: HTTPFailure) -> Bool {
        switch failure.kind {
        case .unresolved, .refused, .timeout, .connectionLost, .circuitOpen: true
        case .badRequest, .forbiddenAddress, .tls, .tooLarge, .cancelled, .closed: false
        }
    }
}
