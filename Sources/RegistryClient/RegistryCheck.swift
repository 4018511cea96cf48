import HTTPTransport
package import SagaCore

/// How a registry stands before a build.
package enum RegistryStanding: Hashable, Sendable {
    /// It answers everybody.
    case open
    /// It answers, and wants a login that nobody gave.
    case wantsLogin
    case loggedIn

    package var words: String {
        switch self {
        case .open: "answers, and wants no login"
        case .wantsLogin: "answers, and wants a login; none was given, so only that was checked"
        case .loggedIn: "answers, and accepts the login"
        }
    }
}

/// Why nothing can be pushed to a registry.
package struct RegistryRefusal: Error, Hashable, Sendable {
    /// For people; names neither the login nor any part of it.
    package var message: String
    /// Whether the same question may have another answer a little later.
    package var isPassing: Bool
    package var retryAfter: Duration?

    init(_ message: String, isPassing: Bool = false, retryAfter: Duration? = nil) {
        self.message = message
        self.isPassing = isPassing
        self.retryAfter = retryAfter
    }
}

extension RegistryClient {
    /// Looks whether the registry answers and takes the login, and, where a repository is named, whether it may be
    /// pushed to: an upload is begun and given up again, which leaves nothing behind.
    package func check(repository: String?, now: Moment) async throws(RegistryRefusal) -> RegistryStanding {
        let answer = try await asked("GET", "/v2/", scope: nil)
        let standing = try standing(answer, now: now)
        guard let repository else { return standing }
        let name = address.repository(repository)
        let upload = try await asked("POST", "/v2/\(name)/blobs/uploads/", scope: "repository:\(name):pull,push")
        guard upload.response.status == 202 else { throw pushRefusal(upload, of: repository, now: now) }
        await giveUp(upload)
        return standing
    }

    private func asked(_ method: String, _ path: String, scope: String?) async throws(RegistryRefusal) -> Answer {
        do throws(HTTPFailure) {
            return try await send(method, path, scope: scope)
        } catch {
            throw RegistryRefusal(error)
        }
    }

    private func standing(_ answer: Answer, now: Moment) throws(RegistryRefusal) -> RegistryStanding {
        if answer.isLoginRefused { throw loginRefusal(answer) }
        switch answer.response.status {
        case 200..<300: return answer.authorization == nil || login == nil ? .open : .loggedIn
        case 401 where login == nil: return .wantsLogin
        case 401: throw loginRefusal(answer)
        default:
            throw refusal(answer, now: now)
                ?? RegistryRefusal(
                    "answered \(answer.response.status)\(reason(answer)) to GET /v2/: it is no registry, or does not let this "
                        + "address in")
        }
    }

    private func pushRefusal(_ answer: Answer, of repository: String, now: Moment) -> RegistryRefusal {
        if answer.isLoginRefused { return loginRefusal(answer) }
        let what = "push to \(repository)"
        switch answer.response.status {
        case 401 where login == nil: return RegistryRefusal("\(what) needs a login, and none was given (401)")
        case 401, 403: return RegistryRefusal("\(what) denied (\(answer.response.status)\(reason(answer)))")
        case let status:
            return refusal(answer, now: now) ?? RegistryRefusal("\(what) is not possible (\(status)\(reason(answer)))")
        }
    }

    private func loginRefusal(_ answer: Answer) -> RegistryRefusal {
        RegistryRefusal("bad credentials: it does not accept the user name and password (401\(reason(answer)))")
    }

    /// What may pass: too many requests, and a server in trouble.
    private func refusal(_ answer: Answer, now: Moment) -> RegistryRefusal? {
        let status = answer.response.status
        guard [408, 425, 429].contains(status) || status >= 500 else { return nil }
        return RegistryRefusal(
            "answered \(status)\(reason(answer))", isPassing: true,
            retryAfter: answer.response.headers.retryAfter(now: now))
    }

    /// The first error of the answer's body, in the registry's own words.
    private func reason(_ answer: Answer) -> String {
        guard let error = (try? JSONValue(parsing: answer.response.body))?["errors"]?.arrayValue?.first else {
            return ""
        }
        let parts = [error["code"]?.stringValue, error["message"]?.stringValue].compactMap(\.self)
        let text = parts.joined(separator: ": ").prefix(200)
        let line = String(text.map { $0.isNewline ? " " : $0 })
        guard let password = login?.password, !password.isEmpty else { return line.isEmpty ? "" : " " + line }
        return line.isEmpty ? "" : " " + line.replacing(password, with: "***")
    }

    /// Ends the upload that was begun; one that cannot be ended expires by itself.
    private func giveUp(_ upload: Answer) async {
        guard let location = upload.response.headers["Location"] else { return }
        let isOwn = HTTPAddress(location)?.hostAndPort == HTTPAddress(address.url)?.hostAndPort
        // The scheme may be wrong behind a proxy, so only the rest is taken.
        let path = location.contains("://") ? String(location.dropScheme.drop { $0 != "/" }) : location
        guard path.hasPrefix("/"), isOwn || !location.contains("://") else { return }
        var request = HTTPRequest("DELETE", address.url + path, timeout: timeout, allowsLinkLocal: false)
        request.headers["Authorization"] = upload.authorization
        _ = try? await http.send(request)
    }
}

extension String {
    fileprivate var dropScheme: Substring {
        firstRange(of: "://").map { self[$0.upperBound...] } ?? self[...]
    }
}

extension RegistryRefusal {
    init(_ failure: HTTPFailure) {
        switch failure.kind {
        case .tls:
            self.init("TLS problem: \(failure.message)")
        case .badRequest, .forbiddenAddress, .tooLarge, .cancelled, .closed:
            self.init(failure.message)
        case .unresolved, .refused, .timeout, .connectionLost, .circuitOpen:
            self.init("unreachable: \(failure.message)", isPassing: true)
        }
    }
}
