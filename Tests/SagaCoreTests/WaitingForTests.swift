import SagaCore
import TestSupport
import Testing

@Suite struct WaitingForTests {
    static let definition = Build.definition(
        [
            Build.step("a", undo: "undo-a", attempts: 2), Build.step("b", after: ["a"], action: .shell),
            Build.undo("undo-a"),
        ])
    static let receiver = Executor(id: "r1", name: "receiver on ci", allowsShell: false)

    static func sentence(_ play: Play, _ executors: [Executor] = [receiver], later: Duration = .zero) -> String? {
        WaitingFor(saga: play.saga, now: play.now + later, executors: executors).sentence
    }

    @Test func aWaitSaysForWhatSinceWhenAndWhatThen() throws {
        var play = try Play(Self.definition)
        try play.park("a", .pipeline(PipelineWait(server: "", repo: "o/r", number: 7)))
        #expect(
            Self.sentence(play)
                == "step 'a' waits for pipeline o/r#7 since 22:13:21Z; at 22:23:21Z it times out, "
                + "it fails and the saga rolls back")
        #expect(Self.sentence(play, [])?.contains("no receiver or waiting plugin runs on this store") == true)
        #expect(Self.sentence(play, later: .seconds(2 * 3600))?.contains("since 2023-11-14T22:13:21Z") == true)
    }

    @Test(arguments: [
        (Duration.seconds(60), "; at 22:14:20Z the saga's deadline passes and it rolls back"),
        (.seconds(3600), "; at 22:23:21Z it times out, it fails and the saga rolls back"),
    ])
    func whatComesFirstIsTold(deadline: Duration, end: String) throws {
        var definition = Self.definition
        definition.timeout = deadline
        var play = try Play(definition)
        try play.park("a", .pipeline(PipelineWait(server: "", repo: "o/r", number: 7)))
        #expect(Self.sentence(play)?.hasSuffix(end) == true, "\(Self.sentence(play) ?? "")")
        let later = WaitingFor(saga: play.saga, now: play.now, executors: [Self.receiver]).sentence(
            for: play.saga.steps[1], definition.steps[1])
        let own = play.saga.deadline.map { "; at \($0.clock)Z the saga's deadline passes and it rolls back" } ?? ""
        #expect(later == "waits for step 'a' since 22:13:20Z" + own)
    }

    @Test func aSleepThatADeadlineEndsSaysSo() throws {
        var endless = try Play(Self.definition)
        try endless.park("a", .sleep(until: endless.now + .seconds(3600)))
        let end = "; at 22:23:21Z it times out, it fails and the saga rolls back"
        #expect(Self.sentence(endless)?.hasSuffix(end) == true, "\(Self.sentence(endless) ?? "")")
        var definition = Self.definition
        definition.timeout = .seconds(60)
        for (length, end) in [(30, "(sleep) since 22:13:21Z"), (300, "the saga's deadline passes and it rolls back")] {
            var play = try Play(definition)
            try play.park("a", .sleep(until: play.now + .seconds(length)))
            #expect(Self.sentence(play)?.hasSuffix(end) == true, "\(Self.sentence(play) ?? "")")
        }
    }

    @Test func anAttemptSaysWhoRunsItAndWhetherItIsGone() throws {
        var play = try Play(Self.definition)
        try play.on(.begin(step: "a", executor: "r1"))
        let running = "step 'a' runs attempt 1 of 2 since 22:13:22Z on receiver on ci"
        #expect(Self.sentence(play)?.hasPrefix(running) == true)
        #expect(Self.sentence(play, [])?.contains("waits for another executor to take over attempt 1 of 2") == true)
    }

    @Test func aRetrySaysWhenAndWhy() throws {
        var play = try Play(Self.definition)
        try play.fail("a", .retryable)
        #expect(Self.sentence(play)?.contains("waits until 22:13:28Z for attempt 2 of 2, because: no luck") == true)
        try play.run("a", .postponed(until: play.now + .seconds(60), reason: "It is left alone."))
        #expect(Self.sentence(play)?.contains("because: It is left alone; at ") == true)
    }

    @Test func aShellStepSaysThatNobodyMayRunIt() throws {
        var play = try Play(Self.definition)
        try play.run("a")
        #expect(Self.sentence(play)?.contains("SAGA_ALLOW_SHELL=true") == true)
        let own = Executor(id: "p", name: "plugin", allowsShell: true, saga: play.saga.id)
        #expect(Self.sentence(play, [own])?.contains("to start attempt 1") == true)
        let others = Executor(id: "p", name: "plugin", allowsShell: true, saga: "another")
        #expect(Self.sentence(play, [others])?.contains("SAGA_ALLOW_SHELL=true") == true)
    }

    @Test func aPausedSagaSaysWhatHelpsAndAFinishedOneSaysNothing() throws {
        var play = try Play(Self.definition)
        try play.ask(.pause)
        #expect(Self.sentence(play) == "paused since 22:13:22Z; deadlines stand still, and 'resume' lets it go on")
        let step = WaitingFor(saga: play.saga, now: play.now, executors: [Self.receiver])
        #expect(
            step.sentence(for: play.saga.steps[0], Self.definition.steps[0])?.hasSuffix("deadlines stand still") == true
        )
        #expect(step.end(of: play.saga.steps[0], Self.definition.steps[0]) == nil)
        try play.ask(.kill)
        #expect(Self.sentence(play) == nil)
    }
}
