/// What signals alone say about a wait, for servers whose API cannot be read.
///
/// The pipeline is done when every workflow that was seen for it, or every one that the wait names, is terminal.
/// What was terminal once stays so: a `pending` that arrives late never reopens it.
package enum SignalVerdict {
    package static func about(_ wait: PipelineWait, _ signals: [StoredSignal]) -> PipelineVerdict {
        let accepted = signals.filter { wait.accepts($0.signal) }
        let own = verdict(wait, accepted.filter { !wait.isOfForge($0.signal) })
        if case .ended = own { return own }
        let forges = ofForge(wait, accepted)
        return forges ?? own
    }

    /// What the forge's own CI said about a job, a check or a workflow of a commit; nil where it said nothing.
    ///
    /// Each workflow of a forge counts its runs by itself, and jobs often name no run at all.
    package static func ofForge(_ wait: PipelineWait, _ signals: [StoredSignal]) -> PipelineVerdict? {
        let said = signals.filter { wait.isOfForge($0.signal) && wait.accepts($0.signal) }
        let named = said.filter { wait.names($0.signal) }
        let newest = named.compactMap(\.signal.number).max()
        let run = named.filter { $0.signal.number == nil || $0.signal.number == newest }
        if let end = lastWord(run) { return .ended(end) }
        if let last = named.last { return .undecided(seen: last.signal.status) }
        guard lastWord(said.filter { $0.signal.kind == .pipeline }) != nil else { return nil }
        return .without("the forge's pipeline of this commit ended without " + wait.part)
    }

    private static func verdict(_ wait: PipelineWait, _ accepted: [StoredSignal]) -> PipelineVerdict {
        guard let newest = newestRun(accepted) else { return .undecided(seen: nil) }
        // A job may be told of without its pipeline's number.
        let run = accepted.filter { $0.signal.number == newest || $0.signal.number == nil && $0.signal.kind == .step }
        let verdict =
            if let name = wait.step { step(name, wait, run) } else if let name = wait.workflow {
                workflow(name, run)
            } else { pipeline(wait, run) }
        guard case .ended(var end) = verdict else { return verdict }
        end.restarts = wait.restarts
        return .ended(end)
    }

    /// The end of the whole pipeline, where that is known: some parts never report when it was stopped.
    private static func end(of run: [StoredSignal]) -> PipelineEnd? {
        lastWord(run.filter { $0.signal.kind == .pipeline })
    }

    /// What a pipeline that is over means for a part of it that never said how it ended.
    private static func without(_ part: String, _ end: PipelineEnd) -> PipelineVerdict {
        stopped(end) ?? .without("the pipeline ended without \(part)")
    }

    /// A pipeline that was stopped, refused or never began ends what is awaited of it, whatever its parts said.
    private static func stopped(_ end: PipelineEnd?) -> PipelineVerdict? {
        guard let end, ["killed", "canceled", "declined", "error"].contains(end.status) else { return nil }
        return .ended(end)
    }

    /// Of several runs of a commit or a chain the newest decides; signals without a number count as one run.
    private static func newestRun(_ signals: [StoredSignal]) -> Int64?? {
        signals.isEmpty ? nil : .some(signals.compactMap(\.signal.number).max())
    }

    private static func step(_ name: String, _ wait: PipelineWait, _ run: [StoredSignal]) -> PipelineVerdict {
        let about = run.filter { wait.names($0.signal) }
        if let end = lastWord(about) { return .ended(end) }
        if let end = end(of: run) { return without("step '\(name)'", end) }
        return .undecided(seen: about.last?.signal.status)
    }

    private static func workflow(_ name: String, _ run: [StoredSignal]) -> PipelineVerdict {
        let about = run.filter { $0.signal.kind == .workflow && $0.signal.workflow == name }
        if !about.isEmpty { return merged(copies(about), end(of: run)) }
        return end(of: run).map { without("workflow '\(name)'", $0) } ?? .undecided(seen: nil)
    }

    private static func pipeline(_ wait: PipelineWait, _ run: [StoredSignal]) -> PipelineVerdict {
        let workflows = run.filter { $0.signal.kind == .workflow }
        if !wait.workflows.isEmpty {
            let named = wait.workflows.map { name in workflows.filter { $0.signal.workflow == name } }
            guard named.allSatisfy({ !$0.isEmpty }) else {
                let missing = zip(wait.workflows, named).first { $0.1.isEmpty }?.0 ?? ""
                return end(of: run).map { without("workflow '\(missing)'", $0) } ?? .undecided(seen: nil)
            }
            return merged(named.flatMap(copies), end(of: run))
        }
        if let end = end(of: run) { return .ended(end) }
        guard !workflows.isEmpty else { return .undecided(seen: run.last?.signal.status) }
        let names = Set(workflows.map { $0.signal.workflow ?? "" }).sorted()
        return merged(names.flatMap { name in copies(workflows.filter { ($0.signal.workflow ?? "") == name }) })
    }

    /// The signals of one workflow, apart by the copies of a matrix. A sender that does not number the copies
    /// speaks of the only one there is.
    private static func copies(_ signals: [StoredSignal]) -> [[StoredSignal]] {
        let numbers = Set(signals.compactMap(\.signal.workflowNumber)).sorted()
        guard numbers.count > 1 else { return [signals] }
        return numbers.map { number in signals.filter { $0.signal.workflowNumber == number } }
    }

    /// One verdict out of several workflows: undecided while one is, else the worst of their ends.
    ///
    /// - Parameter whole: how the pipeline itself ended, where that is known.
    private static func merged(_ workflows: [[StoredSignal]], _ whole: PipelineEnd? = nil) -> PipelineVerdict {
        let ends = workflows.map { lastWord($0) }
        let open = zip(workflows, ends).filter { $0.1 == nil }.compactMap { $0.0.last?.signal }
        guard open.isEmpty else {
            if let stopped = stopped(whole) { return stopped }
            let names = open.map { "'\($0.workflow ?? "")' is \($0.status)" }
            return .undecided(seen: "workflow " + names.joined(separator: ", "))
        }
        let worst = ends.compactMap { $0 }.min { severity($0.status) < severity($1.status) }
        return worst.map { .ended($0) } ?? .undecided(seen: nil)
    }

    /// Woodpecker's own order when it merges workflows into a pipeline.
    private static func severity(_ status: String) -> Int {
        ["declined", "error", "killed", "canceled", "failure", "success", "skipped"].firstIndex(of: status) ?? 7
    }

    /// The last terminal word that was said, by the senders' clocks where they have one.
    private static func lastWord(_ signals: [StoredSignal]) -> PipelineEnd? {
        let terminal = signals.filter { PipelineStatus(rawValue: $0.signal.status)?.isTerminal == true }
        let last = terminal.max { left, right in
            (left.signal.at ?? left.receivedAt, left.id) < (right.signal.at ?? right.receivedAt, right.id)
        }
        return last.map { stored in
            let signal = stored.signal
            var end = PipelineEnd(status: signal.status, decidedBy: stored.source)
            end.number = signal.number
            end.id = signal.id
            end.url = signal.url
            end.commit = signal.commit
            end.branch = signal.branch
            end.event = signal.event
            end.finishedAt = signal.at ?? stored.receivedAt
            end.workflow = signal.kind == .pipeline ? nil : signal.workflow
            end.step = signal.step
            end.exitCode = signal.exitCode
            end.error = signal.error
            return end
        }
    }
}

extension PipelineWait {
    /// Whether a signal speaks of the forge's own CI rather than of the Woodpecker that is waited for.
    func isOfForge(_ signal: Signal) -> Bool {
        !server.isEmpty && !signal.server.isEmpty && !ServerAddress.same(server, signal.server)
    }

    /// Whether a signal speaks of the very step or workflow that is named.
    func names(_ signal: Signal) -> Bool {
        guard let step else { return signal.kind == .workflow && signal.workflow == workflow }
        return signal.kind == .step && signal.step == step
            && (workflow == nil || signal.workflow == nil || signal.workflow == workflow)
    }

    /// What is named, for sentences.
    var part: String {
        step.map { "step '\($0)'" } ?? workflow.map { "workflow '\($0)'" } ?? "what was awaited"
    }
}
