package import SagaCore

/// Which pipelines to list; nil does not narrow.
package struct PipelineFilter: Hashable, Sendable {
    package var branch: String?
    /// One event, or several joined by commas.
    package var event: String?
    package var status: String?
    package var createdAfter: Moment?

    package init(
        branch: String? = nil, event: String? = nil, status: String? = nil, createdAfter: Moment? = nil
    ) {
        self.branch = branch
        self.event = event
        self.status = status
        self.createdAfter = createdAfter
    }

    var query: String {
        var query = ""
        for (name, value) in [
            ("branch", branch), ("event", event), ("status", status), ("after", createdAfter?.description),
        ] {
            if let value { query += "&\(name)=\(PercentEncoding.query(value))" }
        }
        return query
    }
}

extension WoodpeckerClient {
    /// The server's largest page.
    package static let pageSize = 50

    /// One page, newest number first, without workflows; fewer than `pageSize` means it is the last.
    package func pipelines(
        repoID: Int64, page: Int = 1, filter: PipelineFilter = PipelineFilter()
    ) async throws(WoodpeckerError) -> [Pipeline] {
        let query = "page=\(page)&perPage=\(Self.pageSize)\(filter.query)"
        return try await api.get("/api/repos/\(repoID)/pipelines?\(query)") { json in
            json.arrayValue.map { $0.compactMap(Pipeline.init) } ?? (json.isNull ? [] : nil)
        }
    }

    /// The first pipeline, newest first, that `matches`; looks through at most `pages` pages. Without workflows.
    package func newestPipeline(
        repoID: Int64, filter: PipelineFilter = PipelineFilter(), pages: Int = 5,
        where matches: (Pipeline) -> Bool
    ) async throws(WoodpeckerError) -> Pipeline? {
        for page in 1...max(1, pages) {
            let listed = try await pipelines(repoID: repoID, page: page, filter: filter)
            if let found = listed.first(where: matches) { return found }
            if listed.count < Self.pageSize { return nil }
        }
        return nil
    }

    /// The newest pipeline of a commit (whole, or its first seven digits and more), without workflows.
    package func newestPipeline(
        repoID: Int64, commit: String, branch: String? = nil, event: String? = nil
    ) async throws(WoodpeckerError) -> Pipeline? {
        let commit = commit.lowercased()
        return try await newestPipeline(repoID: repoID, filter: PipelineFilter(branch: branch, event: event)) {
            let candidate = $0.commit.lowercased()
            return candidate == commit || commit.utf8.count >= 7 && candidate.hasPrefix(commit)
        }
    }

    /// The newest pipeline that carries all these variables: how a create whose answer was lost is found again.
    package func newestPipeline(
        repoID: Int64, variables: [String: String], filter: PipelineFilter = PipelineFilter()
    ) async throws(WoodpeckerError) -> Pipeline? {
        try await newestPipeline(repoID: repoID, filter: filter) { pipeline in
            variables.allSatisfy { pipeline.variables[$0.key] == $0.value }
        }
    }
}
