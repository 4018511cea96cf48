package import SagaCore

extension Pipeline {
    /// What the pipeline as a whole is at the moment, in the form in which waits hear of it.
    ///
    /// - Parameters:
    ///   - server: the address under which waits know the server.
    ///   - parent: the pipeline that it is a restart of, where the caller knows better than the answer.
    package func signal(server: String, repo: Repo, parent: Int64? = nil) -> Signal {
        Signal(
            kind: .pipeline, server: server, repo: repo.fullName, number: number, status: status, repoID: repo.id,
            id: id, commit: commit.isEmpty ? nil : commit, branch: branch.isEmpty ? nil : branch,
            event: event.isEmpty ? nil : event,
            url: WoodpeckerClient.url(server: server, repoID: repo.id, number: number), error: errors.first,
            at: finished, parent: parent ?? self.parent)
    }
}
