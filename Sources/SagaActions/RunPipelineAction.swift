import SagaCore
import WoodpeckerClient

/// `run_pipeline`: creates a pipeline once, however often the answer gets lost, and waits for it.
extension ActionRouter {
    func runPipeline(_ config: StepConfig, _ order: WorkOrder) async throws(Failure) -> Outcome {
        if let last = order.failedPipeline {
            let next = last.restartsOnFailure ? try await restarted(last) : last
            return .waits(Wait(.pipeline(next), since: now(), nextRead: now()))
        }
        guard case .waits(var wait) = try await self.wait(config, order), case .pipeline(var pipeline) = wait.subject
        else {
            throw Failure(.permanent, "run_pipeline has nothing to wait for")
        }
        var variables = try config.textMap("variables")
        variables["SAGA_ID"] = order.saga.id
        variables["SAGA_STEP"] = order.step.name
        variables["SAGA_KEY"] = order.saga.idempotencyKey(of: order.step)
        guard let client = client(for: pipeline) else {
            throw Failure(
                .permanent,
                "run_pipeline needs a Woodpecker token for \(pipeline.server.isEmpty ? "its server" : pipeline.server): "
                    + "set SAGA_WOODPECKER_URL and SAGA_WOODPECKER_TOKEN, or woodpecker_token in the plugin")
        }
        let run: Pipeline
        do throws(WoodpeckerError) {
            let repo = try await client.repo(pipeline.repo)
            pipeline.repoID = repo.id
            let created = try await create(order, repo, pipeline.branch ?? repo.defaultBranch, variables, client)
            guard case .pipeline(let pipeline) = created else {
                return .failed(
                    Failure(
                        .permanent,
                        "Woodpecker started nothing in \(repo.fullName): no workflow there runs for event 'manual' "
                            + "(see 'when' in its configuration)"))
            }
            run = pipeline
        } catch {
            throw Failure(error)
        }
        pipeline.number = run.number
        pipeline.pipelineID = run.id
        pipeline.commit = nil
        pipeline.branch = nil
        pipeline.leaveOnCancel = try config.text("on_cancel") == "leave"
        wait.subject = .pipeline(pipeline)
        wait.nextRead = now()
        return .waits(wait)
    }

    /// Woodpecker has no idempotency key, so the variables carry one: a pipeline that has it is the one that an
    /// earlier try created without getting to know.
    private func create(
        _ order: WorkOrder, _ repo: Repo, _ branch: String, _ variables: [String: String], _ client: WoodpeckerClient
    ) async throws(WoodpeckerError) -> WoodpeckerClient.Created {
        if let known = try await created(by: variables["SAGA_KEY"] ?? "", order, repo.id, client) {
            return .pipeline(known)
        }
        return try await client.createPipeline(repoID: repo.id, branch: branch, variables: variables)
    }

    /// The newest pipeline that carries the key of a step.
    func created(
        by key: String, _ order: WorkOrder, _ repoID: Int64, _ client: WoodpeckerClient
    ) async throws(WoodpeckerError) -> Pipeline? {
        let since = order.saga.createdAt + .seconds(-3600)
        return try await client.newestPipeline(
            repoID: repoID, variables: ["SAGA_KEY": key], filter: PipelineFilter(event: "manual", createdAfter: since))
    }
}
