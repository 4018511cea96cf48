/// What is known about what a step waits for.
package enum PipelineVerdict: Hashable, Sendable {
    /// Not over; `seen` says how it stands, in words for people.
    case undecided(seen: String?)
    case ended(PipelineEnd)
    /// It is over, and what was awaited never came to be.
    case without(String)
}

/// How an awaited pipeline, workflow or step ended.
package struct PipelineEnd: Hashable, Sendable {
    package var number: Int64?
    package var id: Int64?
    /// In Woodpecker's words.
    package var status: String
    package var url: String?
    package var commit: String?
    package var branch: String?
    package var event: String?
    package var startedAt: Moment?
    package var finishedAt: Moment?
    package var workflow: String?
    package var step: String?
    package var exitCode: Int64?
    /// Woodpecker's own words about what went wrong.
    package var error: String?
    package var restarts: Int
    /// `api`, or the source of the signal that decided.
    package var decidedBy: String

    package init(status: String, decidedBy: String) {
        self.status = status
        self.decidedBy = decidedBy
        restarts = 0
    }

    package var output: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        func time(_ moment: Moment?) -> JSONValue { moment.map { .string($0.description) } ?? .null }
        var members: [String: JSONValue] = [
            "number": number.map { .int($0) } ?? .null, "id": id.map { .int($0) } ?? .null,
            "status": .string(status), "url": text(url), "commit": text(commit), "branch": text(branch),
            "event": text(event), "started_at": time(startedAt), "finished_at": time(finishedAt),
            "decided_by": .string(decidedBy), "restarts": .int(Int64(restarts)),
        ]
        if workflow != nil || step != nil {
            members["workflow"] = text(workflow)
            members["step"] = text(step)
            members["exit_code"] = exitCode.map { .int($0) } ?? .null
            members["error"] = text(error)
        }
        return .object(members)
    }
}

extension PipelineWait {
    /// What an end means for the step. A failure counts once the heal window has passed since it.
    package func outcome(of verdict: PipelineVerdict, in wait: Wait, now: Moment) -> Outcome {
        var wait = wait
        var pipeline = self
        switch verdict {
        case .undecided(let seen):
            pipeline.failedAt = nil
            wait.subject = .pipeline(pipeline)
            wait.seen = seen ?? wait.seen
            return .waits(wait)
        case .without(let message):
            return .failed(Failure(.permanent, message))
        case .ended(let end) where expect.contains(end.status):
            return .succeeded(output: end.output)
        case .ended(let end):
            let failedAt = pipeline.failedAt ?? min(end.finishedAt ?? now, now)
            let healsUntil = failedAt + healWindow
            guard healsUntil <= now else {
                pipeline.failedAt = failedAt
                wait.subject = .pipeline(pipeline)
                wait.seen = "\(end.status); a restart may make it good until \(healsUntil.clock)Z"
                wait.nextRead = min(wait.nextRead ?? healsUntil, healsUntil)
                return .waits(wait)
            }
            // People's decisions are not argued with; only what failed by itself is tried again.
            let isRetryable = restartsOnFailure && (end.status == "failure" || end.status == "error")
            return .failed(
                Failure(
                    isRetryable ? .retryable : .permanent,
                    "\(title) ended with status \(end.status)" + (end.error.map { ": \($0)" } ?? "")
                        + (end.url.map { " (\($0))" } ?? ""), output: end.output))
        }
    }
}
