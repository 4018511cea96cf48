import SagaCore
import WoodpeckerClient

/// How an open wait is read: from the Woodpecker API where there is a token, else from what signals said.
extension ActionRouter {
    func read(_ pipeline: PipelineWait, _ wait: Wait, _ order: WorkOrder) async -> Outcome {
        var wait = wait
        wait.nextRead = nil
        guard let client = client(for: pipeline) else {
            let known = pipeline.following(order.signals)
            wait.subject = .pipeline(known)
            return known.outcome(of: SignalVerdict.about(known, order.signals), in: wait, now: now())
        }
        wait.nextRead = ReadSchedule.next(for: pipeline.repo, every: settings.reconcileInterval, after: now())
        // What was asked for before the signal came, or before the wait was, may not know what happened since.
        let sharing = min(settings.readSharing, settings.reconcileInterval / 4)
        let after = max(wait.since, wait.signalledAt ?? now() + (.zero - sharing))
        wait.signalledAt = nil
        if let forges = SignalVerdict.ofForge(pipeline, order.signals), forges.isAboutThePart {
            return pipeline.outcome(of: forges, in: wait, now: now())
        }
        do throws(WoodpeckerReads.Failure) {
            var known = pipeline
            known.repoID = try await knownRepoID(of: pipeline, client)
            guard let (run, restarts) = try await newestRun(of: known, after: after, client) else {
                return known.outcome(of: .undecided(seen: "no such pipeline yet"), in: wait, now: now())
            }
            if let id = known.pipelineID, run.number == known.number, known.followed.isEmpty, run.id != id {
                return .failed(
                    Failure(
                        .permanent,
                        "\(known.title) was deleted, and its number was given to another pipeline (\(run.id), not \(id))"
                    ))
            }
            if known.pipelineID == nil || restarts > known.restarts { known.pipelineID = run.id }
            known.restarts = max(known.restarts, restarts)
            if known.number != nil, run.number != known.number, !known.followed.contains(run.number) {
                known.followed.append(run.number)
            }
            let link = WoodpeckerClient.url(
                server: settings.woodpecker?.publicURL ?? client.server, repoID: known.repoID ?? 0, number: run.number)
            let reading = PipelineReading(wait: known, run: run, link: link, now: now())
            if reading.mustSettle { wait.nextRead = now() + .seconds(2) }
            return known.outcome(of: reading.verdict, in: wait, now: now())
        } catch {
            switch error {
            case .woodpecker(let error): return unreadable(error, pipeline, wait)
            case .busy(let until):
                wait.nextRead = until
                return .waits(wait)
            }
        }
    }

    private func knownRepoID(
        of pipeline: PipelineWait, _ client: WoodpeckerClient
    ) async throws(WoodpeckerReads.Failure) -> Int64 {
        do throws(WoodpeckerError) {
            return try await repoID(of: pipeline, client)
        } catch {
            throw .woodpecker(error)
        }
    }

    /// The run that decides, and how many restarts led to it. Without workflows where it says that it is not over and
    /// nothing more is asked: then the list, which answers for many waits at once, is enough.
    private func newestRun(
        of pipeline: PipelineWait, after: Moment, _ client: WoodpeckerClient
    ) async throws(WoodpeckerReads.Failure) -> (Pipeline, Int)? {
        let repoID = pipeline.repoID ?? 0
        let page = { (number: Int) async throws(WoodpeckerReads.Failure) -> [Pipeline] in
            try await reads.page(number, of: repoID, after: after, client)
        }
        let listed: Pipeline?
        let newest: Int64
        let restarts: Int
        if let number = pipeline.number {
            let chain = try await RestartChain(of: number, page: page)
            (listed, newest, restarts) = (chain.listed, chain.newest, chain.restarts)
        } else {
            guard let found = try await newestOfCommit(pipeline, page: page) else { return nil }
            (listed, newest, restarts) = (found, found.number, Int(found.rerunCount))
        }
        if let listed, listed.knownStatus?.isTerminal != true, !pipeline.needsParts { return (listed, restarts) }
        return try await reads.pipeline(newest, of: repoID, after: after, client).map { ($0, restarts) }
    }

    /// The newest pipeline of the awaited commit, looked for as far back as `newestPipeline` looks.
    private func newestOfCommit(
        _ pipeline: PipelineWait, page: (Int) async throws(WoodpeckerReads.Failure) -> [Pipeline]
    ) async throws(WoodpeckerReads.Failure) -> Pipeline? {
        for number in 1...5 {
            let found = try await page(number)
            if let match = found.first(where: pipeline.means) { return match }
            if found.count < WoodpeckerClient.pageSize { return nil }
        }
        return nil
    }

    /// A read that failed says nothing about the pipeline; only a pipeline that is not there ends the wait.
    private func unreadable(_ error: WoodpeckerError, _ pipeline: PipelineWait, _ wait: Wait) -> Outcome {
        if case .notFoundOrNoPermission = error.kind {
            guard pipeline.mayBeOfForge else { return .failed(Failure(.permanent, error.message)) }
            var wait = wait
            wait.seen = "Woodpecker does not know \(pipeline.repo); only a job or check of the forge can end it"
            return .waits(wait)
        }
        let failure = Failure(error)
        let next =
            failure.circuitOpenUntil
            ?? max(
                ReadSchedule.next(for: pipeline.repo, every: settings.reconcileInterval, after: now()),
                now() + (failure.retryAfter ?? .zero))
        return .postponed(until: next, reason: failure.message)
    }
}

extension PipelineWait {
    /// A job or check of a forge's own CI is named by its commit, and a Woodpecker need not know the repository.
    fileprivate var mayBeOfForge: Bool { number == nil && (step != nil || workflow != nil) }
}

extension PipelineVerdict {
    /// Whether something was said about what is awaited, rather than only about what is around it.
    fileprivate var isAboutThePart: Bool {
        switch self {
        case .ended, .undecided: true
        case .without: false
        }
    }
}

extension PipelineWait {
    /// Whether more than the pipeline's own status decides.
    fileprivate var needsParts: Bool { workflow != nil || step != nil || !workflows.isEmpty }

    /// Whether a pipeline is one of the awaited commit.
    fileprivate func means(_ pipeline: Pipeline) -> Bool {
        guard let commit = commit?.lowercased() else { return false }
        let candidate = pipeline.commit.lowercased()
        guard candidate == commit || commit.utf8.count >= 7 && candidate.hasPrefix(commit) else { return false }
        let events = event?.split(separator: ",").map(String.init)
        return (branch == nil || pipeline.branch == branch) && events?.contains(pipeline.event) != false
    }
}
