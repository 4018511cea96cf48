package import HTTPTransport
import SagaCore

/// The calls that are made to one container registry, with its login: Distribution's HTTP API, version 2.
package struct RegistryClient: Sendable {
    package let address: RegistryAddress
    let http: any HTTPClient
    let login: RegistryLogin?
    let timeout: Duration

    package var hasLogin: Bool { login != nil }

    /// - Parameter timeout: for one request.
    package init(
        _ address: RegistryAddress, http: any HTTPClient, login: RegistryLogin?, timeout: Duration = .seconds(30)
    ) {
        self.address = address
        self.http = http
        self.login = login
        self.timeout = timeout
    }

    /// Asks for a manifest's head: 200 where the registry has that tag or digest, 404 where it has not.
    package func manifest(_ reference: String, of repository: String) async throws(HTTPFailure) -> HTTPResponse {
        let accepted = Self.manifestTypes.joined(separator: ", ")
        let scope = "repository:\(repository):pull"
        return try await send("HEAD", "/v2/\(repository)/manifests/\(reference)", accept: accepted, scope: scope)
            .response
    }

    private static let manifestTypes = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]

    /// An answer, and how the way to it went.
    struct Answer {
        var response: HTTPResponse
        /// Whether the registry, or the server of its tokens, knows the user and refused the password.
        var isLoginRefused = false
        /// What a further request to the same repository carries.
        var authorization: String?
    }

    /// Sends without credentials first and does what the challenge asks for, as every Docker client does.
    func send(
        _ method: String, _ path: String, accept: String? = nil, scope: String? = nil
    ) async throws(HTTPFailure) -> Answer {
        var request = HTTPRequest(method, address.url + path, timeout: timeout, allowsLinkLocal: false)
        request.headers["Accept"] = accept
        if method == "POST" { request.body = [] }
        let first = try await http.send(request)
        guard first.status == 401 else { return Answer(response: first) }
        switch RegistryChallenge(first.headers.values("WWW-Authenticate")) {
        case nil:
            return Answer(response: first)
        case .basic:
            guard let login else { return Answer(response: first) }
            request.headers["Authorization"] = login.basic
            let response = try await http.send(request)
            return Answer(
                response: response, isLoginRefused: response.status == 401, authorization: login.basic)
        case .bearer(let realm, let service, let asked):
            guard realm.hasPrefix("https://") || !address.usesTLS else { return Answer(response: first) }
            let granted = try await askForToken(realm, service: service, scope: asked ?? scope)
            guard granted.status == 200 else {
                // Only a refusal is about the login; anything else is trouble with the server of the tokens.
                let isRefusal = granted.status == 401 || granted.status == 403
                return Answer(response: isRefusal ? first : granted, isLoginRefused: isRefusal && login != nil)
            }
            let json = try? JSONValue(parsing: granted.body)
            guard let token = json?["token"]?.stringValue ?? json?["access_token"]?.stringValue else {
                return Answer(response: first)
            }
            request.headers["Authorization"] = "Bearer \(token)"
            return Answer(response: try await http.send(request), authorization: "Bearer \(token)")
        }
    }

    /// The registry's token flow: the server that the challenge names is asked for a token that allows `scope`.
    private func askForToken(
        _ realm: String, service: String?, scope: String?
    ) async throws(HTTPFailure) -> HTTPResponse {
        let query = [("service", service), ("scope", scope)].compactMap { name, value in
            value.map { name + "=" + TemplateFilter.percentEncoded($0) }
        }.joined(separator: "&")
        let url = query.isEmpty ? realm : realm + (realm.contains("?") ? "&" : "?") + query
        var request = HTTPRequest("GET", url, timeout: timeout, allowsLinkLocal: false)
        request.headers["Authorization"] = login?.basic
        return try await http.send(request)
    }
}
