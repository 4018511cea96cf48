import SagaCore

extension WoodpeckerClient {
    /// The pipeline that decides about an awaited one: the newest of its restarts, and of theirs, or itself.
    ///
    /// The API cannot be asked for children, so the newer pipelines are listed and their parents followed.
    /// Answers with the workflows, and how many restarts there were.
    package func newestRun(
        repoID: Int64, of number: Int64
    ) async throws(WoodpeckerError) -> (pipeline: Pipeline, restarts: Int) {
        let chain = try await RestartChain(of: number) { page throws(WoodpeckerError) in
            try await pipelines(repoID: repoID, page: page)
        }
        return (try await pipeline(repoID: repoID, number: chain.newest), chain.restarts)
    }

    /// Restarts a pipeline; where the answer gets lost, looks for the run that was made all the same.
    package func restartOnce(repoID: Int64, number: Int64) async throws(WoodpeckerError) -> Pipeline {
        let newest = try await pipelines(repoID: repoID).first?.number ?? number
        do throws(WoodpeckerError) {
            return try await restart(repoID: repoID, number: number)
        } catch {
            guard error.class == .unknown,
                let made = try? await newestPipeline(
                    repoID: repoID, pages: 1, where: { $0.number > newest && $0.parent == number })
            else { throw error }
            return made
        }
    }
}

/// The pipelines that descend from one by restarts.
package struct RestartChain: Hashable, Sendable {
    /// How far back the listing goes for an old pipeline: 1000 pipelines.
    private static let mostPages = 20

    /// The highest number of the chain; the root's own without restarts.
    package private(set) var newest: Int64
    package private(set) var restarts = 0
    /// The newest one as the list has it, without workflows; nil where the list did not reach it.
    package private(set) var listed: Pipeline?

    /// Follows the pages of a repository's list, newest first, down to the root.
    package init<Failure: Error>(
        of root: Int64, page: (Int) async throws(Failure) -> [Pipeline]
    ) async throws(Failure) {
        var parents: [Int64: Int64] = [:]
        var seen: [Int64: Pipeline] = [:]
        paging: for number in 1...Self.mostPages {
            let found = try await page(number)
            for pipeline in found {
                if pipeline.number < root { break paging }
                seen[pipeline.number] = pipeline
                if pipeline.number == root { break paging }
                if let parent = pipeline.parent { parents[pipeline.number] = parent }
            }
            if found.count < WoodpeckerClient.pageSize { break }
        }
        self.init(of: root, parents: parents)
        listed = seen[newest]
    }

    /// `parents`: the parent of each pipeline that is a restart.
    init(of root: Int64, parents: [Int64: Int64]) {
        newest = root
        var members: Set<Int64> = [root]
        // A restart always has a higher number than its parent: one pass in order sees parents first.
        for (child, parent) in parents.sorted(by: { $0.key < $1.key }) where members.contains(parent) {
            members.insert(child)
            newest = max(newest, child)
            restarts += 1
        }
    }
}
