/// A step parked until the outside world answers. Stored with the step; no memory is held while it waits.
package struct Wait: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case sleep(until: Moment)
        case approval(message: String, approvers: [String])
        case pipeline(PipelineWait)
        case image(ImageWait)
    }

    package var subject: Subject
    package var since: Moment
    /// When the subject is read the next time without a signal; nil where only signals or people end the wait.
    package var nextRead: Moment?
    /// What was last seen, in words that go into `waiting_for`.
    package var seen: String?
    /// When the signal arrived that made the next read due, to measure how long its decision took.
    package var signalledAt: Moment?

    package init(
        _ subject: Subject, since: Moment, nextRead: Moment? = nil, seen: String? = nil, signalledAt: Moment? = nil
    ) {
        self.subject = subject
        self.since = since
        self.nextRead = nextRead
        self.seen = seen
        self.signalledAt = signalledAt
    }

    /// The names under which signals find this wait; the server is compared afterwards by `accepts`.
    package var keys: [String] {
        switch subject {
        case .sleep, .approval: []
        case .pipeline(let pipeline): pipeline.keys
        case .image(let image): [Signal.key(image: image.image)]
        }
    }

    /// Whether a signal that shares a key is about this wait.
    package func accepts(_ signal: Signal) -> Bool {
        switch subject {
        case .sleep, .approval: false
        case .pipeline(let pipeline): pipeline.accepts(signal)
        case .image(let image):
            signal.kind == .image && signal.image.map(Signal.key(image:)) == Signal.key(image: image.image)
        }
    }
}

/// Which pipeline, workflow or step is awaited, and what counts as success.
package struct PipelineWait: Hashable, Sendable {
    /// Empty where it cannot be known: then any server's signal for that repository and number counts.
    package var server: String
    package var repo: String
    package var number: Int64?
    package var commit: String?
    package var branch: String?
    package var event: String?
    /// The workflows that matter; empty for all.
    package var workflows: [String]
    /// `wait_build`: the one workflow and/or step that decides.
    package var workflow: String?
    package var step: String?
    package var expect: [String]
    /// How long after a failure a newer run of the same chain may still make it good.
    package var healWindow: Duration
    /// Whether the engine restarts a failed pipeline as the next attempt.
    package var restartsOnFailure: Bool
    /// Newer runs of the chain that are known: signals about them wake the wait too.
    package var followed: [Int64]
    /// How often the chain was restarted.
    package var restarts: Int
    /// Woodpecker's own ids, once they were read: numbers can be reused, ids cannot.
    package var repoID: Int64?
    package var pipelineID: Int64?
    /// When the failure that `healWindow` counts from was first seen.
    package var failedAt: Moment?
    /// `run_pipeline`: whether cancelling the saga leaves the pipeline alone.
    package var leaveOnCancel: Bool

    package init(
        server: String, repo: String, number: Int64? = nil, commit: String? = nil, branch: String? = nil,
        event: String? = nil, workflows: [String] = [], workflow: String? = nil, step: String? = nil,
        expect: [String] = ["success"], healWindow: Duration = .zero, restartsOnFailure: Bool = false
    ) {
        self.server = server
        self.repo = repo
        self.number = number
        self.commit = commit
        self.branch = branch
        self.event = event
        self.workflows = workflows
        self.workflow = workflow
        self.step = step
        self.expect = expect
        self.healWindow = healWindow
        self.restartsOnFailure = restartsOnFailure
        followed = []
        restarts = 0
        leaveOnCancel = false
    }

    /// Whether a number is the awaited one, or that of a known restart of it.
    func isOfChain(_ other: Int64) -> Bool {
        other == number || followed.contains(other)
    }

    /// The wait with the restarts that signals tell of: where the API cannot be read, nothing else does.
    package func following(_ signals: [StoredSignal]) -> PipelineWait {
        guard number != nil else { return self }
        var next = self
        // A restart has a higher number than its parent, so in order every chain is found in one pass.
        for signal in signals.map(\.signal).sorted(by: { ($0.number ?? 0) < ($1.number ?? 0) }) {
            guard let parent = signal.parent, let child = signal.number, next.accepts(signal),
                next.isOfChain(parent), !next.isOfChain(child)
            else { continue }
            next.followed.append(child)
            next.restarts += 1
            next.failedAt = nil
        }
        return next
    }

    package var keys: [String] {
        let numbers = (number.map { [$0] } ?? []) + followed
        var keys = numbers.map { Signal.key(repo: repo, number: $0) }
        if number == nil, let commit { keys.append(Signal.key(repo: repo, commit: commit)) }
        return keys
    }

    package func accepts(_ signal: Signal) -> Bool {
        guard signal.kind != .image, signal.repo.lowercased() == repo.lowercased() else { return false }
        let isSameServer = server.isEmpty || signal.server.isEmpty || ServerAddress.same(server, signal.server)
        if number != nil {
            return isSameServer && [signal.number, signal.parent].contains { $0.map(isOfChain) == true }
        }
        // A job or check of the forge's own CI is named by commit and name; its address is the forge's.
        guard isSameServer || workflow != nil || step != nil else { return false }
        return signal.commit?.lowercased() == commit?.lowercased()
            && (branch == nil || signal.branch == nil || signal.branch == branch)
            && (event == nil || signal.event == nil || signal.event == event)
    }

    /// `repo#12` or `repo@c0ffee1`, for sentences.
    package var title: String {
        let pipeline =
            number.map { "pipeline \(repo)#\($0)" } ?? "a pipeline of \(repo) at commit \((commit ?? "").prefix(10))"
        if let step { return "step '\(step)' of " + (workflow.map { "workflow '\($0)' of " } ?? "") + pipeline }
        if let workflow { return "workflow '\(workflow)' of " + pipeline }
        return pipeline
    }
}

/// Which image is awaited, as `registry/name:tag`.
package struct ImageWait: Hashable, Sendable {
    package var image: String
    package var plainHTTP: Bool

    package init(image: String, plainHTTP: Bool = false) {
        self.image = image
        self.plainHTTP = plainHTTP
    }
}

extension Signal {
    package static func key(repo: String, number: Int64) -> String { "\(repo.lowercased())#\(number)" }
    package static func key(repo: String, commit: String) -> String { "\(repo.lowercased())@\(commit.lowercased())" }
    package static func key(image: String) -> String { "image:" + image.lowercased() }

    /// The names under which waits may be looking for this signal.
    package var keys: [String] {
        switch kind {
        case .image: image.map { [Self.key(image: $0)] } ?? []
        case .pipeline, .workflow, .step:
            [
                number.map { Self.key(repo: repo, number: $0) },
                parent.map { Self.key(repo: repo, number: $0) },
                commit.map { Self.key(repo: repo, commit: $0) },
            ].compactMap { $0 }
        }
    }
}
