package import HTTPTransport
import SagaCore

/// The calls of the Woodpecker API that sagas need; one value a server and token.
package struct WoodpeckerClient: Sendable {
    /// The server's address without a slash at the end; may have a path.
    package let server: String
    let api: WoodpeckerCalls

    package init(server: String, token: String?, http: any HTTPClient) {
        var server = Substring(server)
        while server.hasSuffix("/") { server.removeLast() }
        self.server = String(server)
        api = WoodpeckerCalls(server: self.server, token: token, http: http)
    }

    /// The page of a pipeline.
    package func url(repoID: Int64, number: Int64) -> String {
        Self.url(server: server, repoID: repoID, number: number)
    }

    package static func url(server: String, repoID: Int64, number: Int64) -> String {
        "\(server)/repos/\(repoID)/pipeline/\(number)"
    }

    /// Whose token it is: the one read that a wrong token does not survive.
    package func user() async throws(WoodpeckerError) -> User {
        try await api.get("/api/user", User.init)
    }

    package func version() async throws(WoodpeckerError) -> String {
        try await api.get("/version") { $0.word("version") }
    }

    /// Finds a repository by its full name, in any case, also by a name it had before.
    package func repo(_ fullName: String) async throws(WoodpeckerError) -> Repo {
        try await api.get("/api/repos/lookup/\(PercentEncoding.path(fullName))", Repo.init)
    }

    package func repo(id: Int64) async throws(WoodpeckerError) -> Repo {
        try await api.get("/api/repos/\(id)", Repo.init)
    }

    /// With its workflows and their steps.
    package func pipeline(repoID: Int64, number: Int64) async throws(WoodpeckerError) -> Pipeline {
        try await api.get("/api/repos/\(repoID)/pipelines/\(number)", Pipeline.init)
    }

    /// What became of a request for a pipeline.
    package enum Created: Hashable, Sendable {
        /// May already have the status `error`: the configuration cannot be read.
        case pipeline(Pipeline)
        /// No workflow of the repository wants to run for event `manual`; there is no pipeline.
        case filtered
    }

    /// Starts a pipeline on the head of a branch. Not idempotent: a lost answer may hide a running pipeline.
    package func createPipeline(
        repoID: Int64, branch: String, variables: [String: String] = [:]
    ) async throws(WoodpeckerError) -> Created {
        let body = JSONValue.object([
            "branch": .string(branch), "variables": .object(variables.mapValues { .string($0) }),
        ])
        let answer = try await api.post("/api/repos/\(repoID)/pipelines", body: body)
        return answer.response.status == 204 ? .filtered : .pipeline(try answer.decoded(Pipeline.init))
    }

    /// Runs all of a pipeline again, as a new number whose parent it is. Not idempotent.
    package func restart(repoID: Int64, number: Int64) async throws(WoodpeckerError) -> Pipeline {
        try await api.post("/api/repos/\(repoID)/pipelines/\(number)").decoded(Pipeline.init)
    }

    /// `badRequest` where it does not run any more.
    package func cancel(repoID: Int64, number: Int64) async throws(WoodpeckerError) {
        _ = try await api.post("/api/repos/\(repoID)/pipelines/\(number)/cancel")
    }
}
