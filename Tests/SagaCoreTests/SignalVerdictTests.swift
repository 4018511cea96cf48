import SagaCore
import Testing

@Suite struct SignalVerdictTests {
    /// Signals in the order of arrival, a second apart.
    private func stored(_ signals: [Signal]) -> [StoredSignal] {
        signals.enumerated().map { index, signal in
            StoredSignal(
                id: Int64(index + 1), source: "gitea",
                receivedAt: Moment(milliseconds: 1_700_000_000_000 + Int64(index) * 1000), signal: signal)
        }
    }

    private func signal(
        _ kind: Signal.Kind, _ status: String, _ name: String? = nil, copy: Int64? = nil, number: Int64? = 7,
        commit: String? = nil, workflow: String? = nil, at: Int64? = nil
    ) -> Signal {
        Signal(
            kind: kind, server: "https://ci.example", repo: "acme/app", number: number, status: status,
            workflow: kind == .workflow ? name : workflow, workflowNumber: copy, step: kind == .step ? name : nil,
            commit: commit, at: at.map { Moment(milliseconds: 1_700_000_000_000 + $0 * 1000) })
    }

    private func wait(
        workflows: [String] = [], workflow: String? = nil, step: String? = nil, commit: String? = nil
    ) -> PipelineWait {
        PipelineWait(
            server: "https://ci.example", repo: "acme/app", number: commit == nil ? 7 : nil, commit: commit,
            workflows: workflows, workflow: workflow, step: step)
    }

    private func status(_ wait: PipelineWait, _ signals: [Signal]) -> String? {
        switch SignalVerdict.about(wait, stored(signals)) {
        case .ended(let end): end.status
        case .undecided: nil
        case .without: "without"
        }
    }

    @Test func `nothing that was said decides nothing`() {
        #expect(SignalVerdict.about(wait(), []) == .undecided(seen: nil))
    }

    @Test(
        arguments: [
            (["success", "success"], "success"), (["success", "failure"], "failure"),
            (["killed", "failure"], "killed"),
            (["error", "killed"], "error"), (["declined", "error"], "declined"), (["success", "skipped"], "success"),
            (["canceled", "failure"], "canceled"), (["skipped", "skipped"], "skipped"), (["success", "running"], nil),
            (["failure", "pending"], nil), (["success", "mystery"], nil), (["success", "blocked"], nil),
        ] as [([String], String?)])
    func `a pipeline is the worst of its workflows once all that were seen are over`(states: [String], end: String?) {
        let signals = zip(["a", "b"], states).map { signal(.workflow, $1, $0) }
        #expect(status(wait(), signals) == end)
        #expect(status(wait(), signals.reversed()) == end)
    }

    @Test(arguments: ["pending", "running", "created", "blocked", "mystery", "SUCCESS"])
    func `what was over is never reopened by a late word`(late: String) {
        #expect(status(wait(), [signal(.workflow, "success", "a"), signal(.workflow, late, "a")]) == "success")
        #expect(status(wait(), [signal(.pipeline, "failure"), signal(.pipeline, late)]) == "failure")
        #expect(status(wait(step: "t"), [signal(.step, "success", "t"), signal(.step, late, "t")]) == "success")
    }

    @Test func `the last end counts, by the senders' clocks where they have one`() {
        let first = signal(.workflow, "success", "a", at: 20)
        let second = signal(.workflow, "failure", "a", at: 10)
        #expect(status(wait(), [first, second]) == "success")
        #expect(status(wait(), [signal(.workflow, "success", "a"), signal(.workflow, "failure", "a")]) == "failure")
    }

    @Test func `an unknown word is seen and ends nothing`() {
        #expect(
            SignalVerdict.about(wait(), stored([signal(.workflow, "mystery", "a")]))
                == .undecided(seen: "workflow 'a' is mystery"))
        #expect(SignalVerdict.about(wait(), stored([signal(.pipeline, "mystery")])) == .undecided(seen: "mystery"))
    }

    // MARK: Jobs and checks of the forge's own CI

    private func ofForge(
        _ kind: Signal.Kind, _ status: String, _ name: String? = nil, number: Int64? = nil, workflow: String? = nil
    ) -> Signal {
        Signal(
            kind: kind, server: "https://forge.example", repo: "acme/app", number: number, status: status,
            workflow: kind == .workflow ? name : workflow, step: kind == .step ? name : nil, commit: "c0ffee")
    }

    @Test func `a job of the forge ends a wait by commit, whatever Woodpecker says of its own`() {
        let job = wait(step: "lint", commit: "c0ffee")
        let own = signal(.workflow, "running", "build", commit: "c0ffee")
        #expect(status(job, [own, ofForge(.step, "success", "lint")]) == "success")
        #expect(status(job, [ofForge(.step, "running", "lint"), own]) == nil)
        #expect(status(job, [ofForge(.step, "failure", "test"), own]) == nil)
        // The pipeline here has no such step, but the forge has one that runs.
        let ended = signal(.pipeline, "success", commit: "c0ffee")
        #expect(status(job, [ended]) == "without")
        #expect(status(job, [ended, ofForge(.step, "running", "lint")]) == nil)
    }

    @Test func `the forge's job counts beside its pipeline's number, and a pipeline that ended without it says so`() {
        let job = wait(step: "lint", commit: "c0ffee")
        let pipeline = ofForge(.pipeline, "success", number: 12)
        #expect(status(job, [pipeline, ofForge(.step, "success", "lint")]) == "success")
        #expect(status(job, [ofForge(.step, "failure", "lint"), pipeline]) == "failure")
        #expect(status(job, [pipeline]) == "without")
        // The same for a saga that was not started by a pipeline, so that no server is known.
        var nowhere = job
        nowhere.server = ""
        #expect(status(nowhere, [pipeline, ofForge(.step, "success", "lint")]) == "success")
    }

    @Test func `each workflow of a forge counts its runs by itself`() {
        let workflow = wait(workflow: "CI", commit: "c0ffee")
        let other = ofForge(.workflow, "success", "Deploy", number: 90)
        #expect(status(workflow, [ofForge(.workflow, "success", "CI", number: 12), other]) == "success")
        let again = ofForge(.workflow, "running", "CI", number: 13)
        #expect(status(workflow, [ofForge(.workflow, "failure", "CI", number: 12), again, other]) == nil)
        #expect(status(wait(step: "lint"), [ofForge(.step, "success", "lint")]) == nil, "numbers are Woodpecker's")
    }

    // MARK: Named workflows

    @Test func `named workflows decide alone`() {
        let named = wait(workflows: ["a", "b"])
        let a = signal(.workflow, "success", "a")
        #expect(status(named, [a, signal(.workflow, "failure", "c")]) == nil)
        #expect(status(named, [a, signal(.workflow, "running", "c"), signal(.workflow, "success", "b")]) == "success")
        #expect(status(named, [a, signal(.workflow, "failure", "b")]) == "failure")
        #expect(status(named, [a, signal(.pipeline, "success")]) == "without")
    }

    @Test func `one named workflow decides alone`() {
        let one = wait(workflow: "a")
        #expect(status(one, [signal(.workflow, "failure", "b")]) == nil)
        #expect(status(one, [signal(.workflow, "failure", "b"), signal(.workflow, "success", "a")]) == "success")
        #expect(status(one, [signal(.workflow, "failure", "b"), signal(.pipeline, "failure")]) == "without")
    }

    @Test(arguments: ["killed", "canceled", "declined", "error"])
    func `workflows that never report after a cancel do not hold up their pipeline's end`(end: String) {
        #expect(status(wait(), [signal(.workflow, "running", "a"), signal(.pipeline, end)]) == end)
    }

    @Test func `a workflow that lags behind its pipeline's end is waited for`() {
        let signals = [signal(.workflow, "running", "a"), signal(.pipeline, "failure")]
        #expect(status(wait(workflow: "a"), signals) == nil)
        #expect(status(wait(workflow: "a"), signals + [signal(.workflow, "success", "a")]) == "success")
    }

    // MARK: Matrices

    @Test func `the copies of a matrix are told apart by their numbers`() {
        let first = [signal(.workflow, "running", "a", copy: 1), signal(.workflow, "success", "a", copy: 2)]
        for wait in [wait(), wait(workflow: "a"), wait(workflows: ["a"])] {
            #expect(status(wait, first) == nil)
            #expect(status(wait, first + [signal(.workflow, "failure", "a", copy: 1)]) == "failure")
            #expect(status(wait, first + [signal(.workflow, "success", "a", copy: 1)]) == "success")
        }
    }

    @Test func `a sender that does not number copies speaks of the only one`() {
        let signals = [signal(.workflow, "running", "a", copy: 1), signal(.workflow, "success", "a")]
        #expect(status(wait(), signals) == "success")
    }

    // MARK: Runs

    @Test func `of several runs of a commit the newest decides`() {
        let commit = wait(commit: "abc")
        let old = signal(.pipeline, "failure", number: 3, commit: "abc")
        #expect(status(commit, [old]) == "failure")
        #expect(status(commit, [signal(.workflow, "running", "a", number: 4, commit: "ABC"), old]) == nil)
        #expect(
            status(
                commit,
                [
                    signal(.workflow, "success", "a", number: 4, commit: "abc"), old,
                    signal(.pipeline, "failure", number: 5, commit: "other"),
                ]) == "success")
    }

    @Test func `a followed restart decides over the run it restarts`() {
        var chain = wait()
        let failure = signal(.pipeline, "failure")
        let success = signal(.pipeline, "success", number: 9)
        #expect(status(chain, [failure, success]) == "failure")
        chain.followed = [9]
        #expect(status(chain, [success, failure]) == "success")
    }

    // MARK: Kinds

    @Test func `a word about the pipeline decides over words about its workflows`() {
        #expect(status(wait(), [signal(.workflow, "running", "a"), signal(.pipeline, "success")]) == "success")
        #expect(status(wait(), [signal(.pipeline, "running"), signal(.workflow, "success", "a")]) == "success")
    }

    @Test func `a step is told by step signals, of its workflow where one is named`() {
        let step = wait(step: "t")
        #expect(status(step, [signal(.workflow, "success", "t"), signal(.step, "running", "t")]) == nil)
        #expect(status(step, [signal(.step, "failure", "t"), signal(.step, "success", "u")]) == "failure")
        #expect(status(step, [signal(.pipeline, "success")]) == "without")
        let inside = wait(workflow: "a", step: "t")
        #expect(status(inside, [signal(.step, "success", "t", workflow: "b")]) == nil)
        #expect(status(inside, [signal(.step, "success", "t", workflow: "a")]) == "success")
        #expect(status(inside, [signal(.step, "success", "t")]) == "success")
    }

    @Test func `the end carries what the signal told`() {
        var told = signal(.step, "failure", "t", workflow: "a", at: 5)
        told.exitCode = 3
        told.url = "https://ci.example/repos/1/pipeline/7/1"
        told.error = "exit code 3"
        guard case .ended(let end) = SignalVerdict.about(wait(step: "t"), stored([told])) else {
            Issue.record("not ended")
            return
        }
        #expect(end.number == 7 && end.workflow == "a" && end.step == "t" && end.exitCode == 3)
        #expect(end.url == told.url && end.error == told.error && end.finishedAt == told.at)
        #expect(end.decidedBy == "gitea")
    }

    @Test(arguments: ["killed", "canceled", "declined", "error"])
    func `a pipeline that was stopped ends what is awaited of it`(word: String) {
        let stopped = signal(.pipeline, word)
        let half = [signal(.workflow, "success", "a"), signal(.workflow, "running", "b")]
        for open in [wait(workflows: ["a", "b"]), wait(workflows: ["a", "c"]), wait(workflow: "b"), wait(step: "s")] {
            #expect(status(open, half) == nil)
            #expect(status(open, half + [stopped]) == word)
        }
        #expect(status(wait(workflow: "a"), half + [stopped]) == "success", "it had ended before")
    }

    @Test(arguments: ["success", "failure"])
    func `a pipeline that came to its own end leaves the last word to its parts`(word: String) {
        let half = [signal(.workflow, "success", "a"), signal(.workflow, "running", "b"), signal(.pipeline, word)]
        #expect(status(wait(workflows: ["a", "b"]), half) == nil)
        #expect(status(wait(workflows: ["a", "c"]), half) == "without")
    }

    @Test func `signals tell of restarts, and the newest run decides`() {
        func run(_ number: Int64, _ word: String, of parent: Int64?) -> Signal {
            var run = signal(.pipeline, word, number: number)
            run.parent = parent
            return run
        }
        let signals = [
            run(7, "failure", of: nil), run(12, "running", of: 9), run(9, "failure", of: 7), run(10, "success", of: 8),
        ]
        let known = wait().following(stored(signals))
        #expect(known.followed == [9, 12])
        #expect(known.restarts == 2)
        #expect(status(known, signals) == nil)
        guard case .ended(let end) = SignalVerdict.about(known, stored(signals + [run(12, "success", of: 9)])) else {
            Issue.record("it is over")
            return
        }
        #expect(end.number == 12 && end.status == "success" && end.restarts == 2)
        #expect(known.following(stored(signals)) == known)
        #expect(signals[1].keys == ["acme/app#12", "acme/app#9"])
    }
}
