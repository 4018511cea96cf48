import SagaCore

extension WoodpeckerClient {
    /// How far back the listing goes for an old pipeline: 1000 pipelines.
    private static let restartPages = 20

    /// The pipeline that decides about an awaited one: the newest of its restarts, and of theirs, or itself.
    ///
    /// The API cannot be asked for children, so the newer pipelines are listed and their parents followed.
    /// Answers with the workflows, and how many restarts there were.
    package func newestRun(
        repoID: Int64, of number: Int64
    ) async throws(WoodpeckerError) -> (pipeline: Pipeline, restarts: Int) {
        var parents: [Int64: Int64] = [:]
        paging: for page in 1...Self.restartPages {
            let listed = try await pipelines(repoID: repoID, page: page)
            for pipeline in listed {
                if pipeline.number <= number { break paging }
                if let parent = pipeline.parent { parents[pipeline.number] = parent }
            }
            if listed.count < Self.pageSize { break }
        }
        let chain = RestartChain(of: number, parents: parents)
        return (try await pipeline(repoID: repoID, number: chain.newest), chain.restarts)
    }
}

extension WoodpeckerClient {
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
struct RestartChain: Hashable, Sendable {
    /// The highest number of the chain; the root's own without restarts.
    private(set) var newest: Int64
    private(set) var restarts = 0

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
