import HTTPTransport
import SagaCore
import WoodpeckerClient

/// `wait_pipeline` and `wait_build`: how the step parks.
extension ActionRouter {
    func wait(_ config: StepConfig, _ order: WorkOrder) async throws(Failure) -> Outcome {
        if let image = try config.text("image") {
            let wait = ImageWait(image: image, plainHTTP: try config.flag("plain_http") ?? false)
            return .waits(Wait(.image(wait), since: now(), nextRead: now()))
        }
        var pipeline = try pipelineWait(config, order)
        if let last = order.failedPipeline, pipeline.restartsOnFailure {
            pipeline = try await restarted(last)
        }
        return .waits(Wait(.pipeline(pipeline), since: now(), nextRead: client(for: pipeline) == nil ? nil : now()))
    }

    /// What the configuration says is awaited.
    func pipelineWait(_ config: StepConfig, _ order: WorkOrder) throws(Failure) -> PipelineWait {
        let action = order.definition.action
        let number = try config.number("number")
        let commit = try config.text("commit")
        if let number, number < 1 { throw Failure(.permanent, "config.number must be 1 or more, not \(number)") }
        if action != .runPipeline, number == nil, commit?.isEmpty != false {
            throw Failure(.permanent, "config needs 'number' or 'commit', and neither has a value")
        }
        let onFailed = try config.text("on_failed") ?? (action == .runPipeline ? "restart" : "fail")
        guard let repo = try config.text("repo") ?? order.saga.origin.repo else {
            throw Failure(
                .permanent, "config.repo is missing, and the saga was not started by a pipeline that could stand for it"
            )
        }
        return PipelineWait(
            server: order.saga.origin.server ?? settings.woodpecker?.publicURL ?? "", repo: repo,
            number: number, commit: commit, branch: try config.text("branch"),
            event: try config.text("event"), workflows: try config.texts("workflows") ?? [],
            workflow: try config.text("workflow"), step: try config.text("step"),
            expect: try config.texts("expect") ?? ["success"], healWindow: try config.duration("heal_window") ?? .zero,
            restartsOnFailure: onFailed == "restart")
    }

    /// The Woodpecker API for that wait; nil where this executor has no token for its server.
    func client(for pipeline: PipelineWait) -> WoodpeckerClient? {
        guard let access = settings.woodpecker, let token = access.token, access.serves(pipeline.server) else {
            return nil
        }
        return WoodpeckerClient(server: access.url, token: token, http: http)
    }

    /// The wait for the next run of a pipeline that failed: the newer one, if somebody restarted it meanwhile, or
    /// one that is started now.
    func restarted(_ failed: PipelineWait) async throws(Failure) -> PipelineWait {
        guard let client = client(for: failed) else {
            throw Failure(
                .permanent,
                "\(failed.title) failed, and it cannot be restarted without a Woodpecker token for its server")
        }
        do throws(WoodpeckerError) {
            let repoID = try await self.repoID(of: failed, client)
            var next = failed
            next.repoID = repoID
            next.failedAt = nil
            next.pipelineID = nil
            let newest: Pipeline
            if let number = failed.number {
                let run = try await client.newestRun(repoID: repoID, of: number)
                newest = run.pipeline
                next.restarts = run.restarts
            } else if let commit = failed.commit,
                let found = try await client.newestPipeline(
                    repoID: repoID, commit: commit, branch: failed.branch, event: failed.event)
            {
                newest = found
                next.restarts = Int(found.rerunCount)
            } else {
                throw WoodpeckerError(.notFoundOrNoPermission, call: failed.title, isRead: true)
            }
            let hasFailed = newest.knownStatus == .failure || newest.knownStatus == .error
            let run = hasFailed ? try await client.restart(repoID: repoID, number: newest.number) : newest
            if hasFailed { next.restarts += 1 }
            if !next.followed.contains(run.number) { next.followed.append(run.number) }
            if next.number == nil { next.number = newest.number }
            return next
        } catch {
            throw Failure(error)
        }
    }

    func repoID(of pipeline: PipelineWait, _ client: WoodpeckerClient) async throws(WoodpeckerError) -> Int64 {
        if let known = pipeline.repoID { return known }
        return try await client.repo(pipeline.repo).id
    }
}

extension WorkOrder {
    /// What the attempt before this one waited for. Waits from before an operator's retry do not count.
    var failedPipeline: PipelineWait? {
        guard step.attempt > 1, let wait = step.lastWait, case .pipeline(let pipeline) = wait.subject,
            step.startedAt.map({ $0 <= wait.since }) ?? true
        else { return nil }
        return pipeline
    }
}

extension Failure {
    init(_ error: WoodpeckerError) {
        self = error.failure
        if case .unreachable(let failure) = error.kind, let until = failure.retryAt {
            output = ["circuit_open_until": .int(until.milliseconds)]
        }
    }
}
