import SagaCore
import TestSupport
import Testing

@Suite struct WaitTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var wait: PipelineWait
        var signal: Signal
        var isAccepted: Bool
        var testDescription: String { "\(wait.title) and \(signal.server)/\(signal.repo)#\(signal.number ?? 0)" }
    }

    static let ci = "https://ci.example.com"

    static func wait(commit: String? = nil, branch: String? = nil, step: String? = nil) -> PipelineWait {
        PipelineWait(
            server: ci, repo: "Octo/App", number: commit == nil ? 7 : nil, commit: commit, branch: branch, step: step)
    }

    static func signal(
        _ server: String = "https://CI.example.com:443/", repo: String = "octo/app", number: Int64? = 7,
        commit: String? = nil, branch: String? = nil
    ) -> Signal {
        Signal(
            kind: .workflow, server: server, repo: repo, number: number, status: "success", commit: commit,
            branch: branch)
    }

    @Test(arguments: [
        Row(wait: wait(), signal: signal(), isAccepted: true),
        Row(wait: wait(), signal: signal(number: 8), isAccepted: false),
        Row(wait: wait(), signal: signal(repo: "octo/other"), isAccepted: false),
        Row(wait: wait(), signal: signal("https://other.example.com"), isAccepted: false),
        Row(wait: wait(), signal: signal(""), isAccepted: true),
        Row(wait: wait(commit: "ABC"), signal: signal(number: 9, commit: "abc"), isAccepted: true),
        Row(wait: wait(commit: "abc"), signal: signal("", number: nil, commit: "abc"), isAccepted: true),
        Row(wait: wait(commit: "abc"), signal: signal("https://forge", commit: "abc"), isAccepted: false),
        Row(wait: wait(commit: "abc", step: "lint"), signal: signal("https://forge", commit: "abc"), isAccepted: true),
        Row(wait: wait(commit: "abc", branch: "main"), signal: signal(commit: "abc", branch: "dev"), isAccepted: false),
        Row(wait: wait(commit: "abc", branch: "main"), signal: signal(commit: "abc"), isAccepted: true),
        Row(wait: wait(commit: "abc"), signal: signal(commit: nil), isAccepted: false),
    ])
    func aWaitTakesTheSignalsThatAreAboutIt(row: Row) {
        #expect(row.wait.accepts(row.signal) == row.isAccepted)
    }

    @Test func aRestartedPipelineIsFollowedByItsNewNumber() {
        var wait = Self.wait()
        wait.followed = [9]
        #expect(wait.keys == ["octo/app#7", "octo/app#9"])
        #expect(wait.accepts(Self.signal(number: 9)))
    }

    @Test func `a recheck brings the next read forward and never puts it off`() throws {
        var play = try Play(Build.definition([Build.step("w", action: .waitPipeline)]))
        let subject = Wait.Subject.pipeline(PipelineWait(server: "", repo: "o/r", number: 7))
        try play.run("w", .waits(Wait(subject, since: play.now, nextRead: play.now + .seconds(60))))
        let soon = play.now + .seconds(5)
        try play.on(.recheck(step: "w", by: soon))
        #expect(play.saga.step("w")?.wait?.nextRead == soon)
        #expect(play.saga.step("w")?.wait?.signalledAt == nil)
        #expect(throws: Refusal.self) { try play.on(.recheck(step: "w", by: soon + .seconds(1))) }
        var quiet = try Play(Build.definition([Build.step("w", action: .waitPipeline)]))
        try quiet.run("w", .waits(Wait(subject, since: quiet.now)))
        try quiet.on(.recheck(step: "w", by: soon))
        #expect(quiet.saga.step("w")?.wait?.nextRead == soon)
    }
}
