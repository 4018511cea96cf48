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
        wait.nextRead = now() + settings.reconcileInterval
        if let forges = SignalVerdict.ofForge(pipeline, order.signals), forges.isAboutThePart {
            return pipeline.outcome(of: forges, in: wait, now: now())
        }
        do throws(WoodpeckerError) {
            var known = pipeline
            known.repoID = try await repoID(of: pipeline, client)
            guard let (run, restarts) = try await newestRun(of: known, client) else {
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
            return unreadable(error, pipeline, wait)
        }
    }

    private func newestRun(
        of pipeline: PipelineWait, _ client: WoodpeckerClient
    ) async throws(WoodpeckerError) -> (Pipeline, Int)? {
        let repoID = pipeline.repoID ?? 0
        if let number = pipeline.number {
            return try await client.newestRun(repoID: repoID, of: number)
        }
        guard let commit = pipeline.commit,
            let found = try await client.newestPipeline(
                repoID: repoID, commit: commit, branch: pipeline.branch, event: pipeline.event)
        else { return nil }
        return (try await client.pipeline(repoID: repoID, number: found.number), Int(found.rerunCount))
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
        let next = failure.circuitOpenUntil ?? now() + max(settings.reconcileInterval, failure.retryAfter ?? .zero)
        return .postponed(until: next, reason: failure.message)
    }
}

/// What one read of a pipeline says about a wait.
struct PipelineReading {
    var wait: PipelineWait
    var run: Pipeline
    var link: String
    var now: Moment

    /// After a cancel the pipeline is terminal at once while its workflows still report, and may flip; after this
    /// time what it says is taken as final.
    private static let settleTime: Duration = .seconds(30)

    private var isOver: Bool { run.knownStatus?.isTerminal == true }
    private var isSettled: Bool { run.finished.map { $0 + Self.settleTime < now } ?? true }

    /// Whether the pipeline says it is over and its parts do not: it is worth reading again soon.
    var mustSettle: Bool {
        isOver && !isSettled && !run.workflows.allSatisfy { $0.knownState?.isTerminal == true }
    }

    var verdict: PipelineVerdict {
        if let step = wait.step { return verdict(step: step) }
        if let workflow = wait.workflow { return verdict(workflows: [workflow]) }
        if !wait.workflows.isEmpty { return verdict(workflows: wait.workflows) }
        guard isOver, !mustSettle else { return .undecided(seen: seen) }
        return .ended(end(run.status, error: run.errors.first))
    }

    private var seen: String {
        run.knownStatus == .blocked ? "blocked: it waits for approval at \(link)" : "\(run.status), \(link)"
    }

    private func verdict(workflows names: [String]) -> PipelineVerdict {
        let named = names.map { name in run.workflows.filter { $0.name == name } }
        if let missing = zip(names, named).first(where: { $0.1.isEmpty })?.0 {
            return isOver ? endedWithout("workflow '\(missing)'") : .undecided(seen: seen)
        }
        let all = named.flatMap { $0 }
        guard all.allSatisfy({ $0.knownState?.isTerminal == true }) || isOver && isSettled else {
            return .undecided(seen: seen)
        }
        let bad = all.first { !wait.expect.contains($0.state) && $0.state != "skipped" }
        guard let decisive = bad ?? all.first(where: { wait.expect.contains($0.state) }) ?? all.first else {
            return .undecided(seen: seen)
        }
        var end = end(final(decisive.state), error: decisive.error.isEmpty ? nil : decisive.error)
        if wait.workflow != nil { end.workflow = decisive.name }
        end.startedAt = decisive.started ?? end.startedAt
        end.finishedAt = decisive.finished ?? end.finishedAt
        return .ended(end)
    }

    private func verdict(step name: String) -> PipelineVerdict {
        let workflows = run.workflows.filter { wait.workflow == nil || $0.name == wait.workflow }
        let found = workflows.flatMap { workflow in workflow.children.filter { $0.name == name }.map { (workflow, $0) }
        }
        guard !found.isEmpty else {
            let place = wait.workflow.map { " in workflow '\($0)'" } ?? ""
            return isOver ? endedWithout("step '\(name)'\(place)") : .undecided(seen: seen)
        }
        guard found.allSatisfy({ $0.1.knownState?.isTerminal == true }) || isOver && isSettled else {
            return .undecided(seen: seen)
        }
        guard let (workflow, step) = found.first(where: { !wait.expect.contains($0.1.state) }) ?? found.first else {
            return .undecided(seen: seen)
        }
        var end = end(final(step.state), error: step.error.isEmpty ? nil : step.error)
        end.workflow = workflow.name
        end.step = step.name
        end.exitCode = step.exitCode
        end.startedAt = step.started
        end.finishedAt = step.finished ?? end.finishedAt
        return .ended(end)
    }

    /// A pipeline whose configuration cannot be read has no parts at all, and says why.
    private func endedWithout(_ part: String) -> PipelineVerdict {
        if run.workflows.isEmpty, run.knownStatus != .success, !wait.expect.contains(run.status) {
            return .ended(end(run.status, error: run.errors.first))
        }
        return .without("the pipeline ended without \(part) (\(link))")
    }

    /// After the settling time a part that never reported ends as its pipeline did.
    private func final(_ state: String) -> String {
        PipelineStatus(rawValue: state)?.isTerminal == true ? state : run.status
    }

    private func end(_ status: String, error: String?) -> PipelineEnd {
        var end = PipelineEnd(status: status, decidedBy: "api")
        end.number = run.number
        end.id = run.id
        end.url = link
        end.commit = run.commit
        end.branch = run.branch
        end.event = run.event
        end.startedAt = run.started
        end.finishedAt = run.finished
        end.error = error
        end.restarts = wait.restarts
        return end
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
