import SagaCore
import TestSupport
import Testing

/// What becomes of the pipeline of a `run_pipeline` step that the saga gives up.
@Suite struct OwedCancelTests {
    private static let definition = Build.definition([
        Build.step("a", undo: "undo-a"),
        Build.step("run", after: ["a"], undo: "undo-run", action: .runPipeline, attempts: 3, compensateIf: .attempted),
        Build.undo("undo-a"), Build.undo("undo-run"),
    ])

    private static func subject(leave: Bool = false) -> Wait.Subject {
        var pipeline = PipelineWait(server: "https://ci.example", repo: "o/r", number: 7)
        pipeline.leaveOnCancel = leave
        return .pipeline(pipeline)
    }

    /// As far as the pipeline runs.
    private func play(leave: Bool = false, _ definition: Definition = definition) throws -> Play {
        var play = try Play(definition)
        try play.run("a")
        try play.park("run", Self.subject(leave: leave))
        return play
    }

    private func due(_ play: Play) -> Due? { play.saga.agenda.first { $0.kind == .cancel } }

    @Test func `a cancelled saga cancels its pipeline before it undoes anything`() throws {
        var play = try play()
        try play.ask(.cancel)
        #expect(play.status("run") == .failed)
        #expect(due(play) == Due(.cancel, step: "run", at: play.now))
        #expect(play.saga.status == .running && play.running.isEmpty)
        #expect(
            WaitingFor(saga: play.saga, now: play.now).sentence?.contains("waits for the cancel of pipeline o/r#7")
                == true)
        try play.on(.cancelEnded(step: "run", outcome: .succeeded(output: ["number": 7, "result": "it was running"])))
        #expect(due(play) == nil)
        #expect(play.running == ["undo-run"])
        #expect(play.journal.contains { $0.kind == .pipelineCancelled && $0.data["number"] == 7 })
        #expect(throws: Refusal.self) {
            try play.on(.cancelEnded(step: "run", outcome: .succeeded(output: [:])))
        }
    }

    @Test func `on_cancel leave keeps the pipeline`() throws {
        var play = try play(leave: true)
        try play.ask(.cancel)
        #expect(due(play) == nil)
        #expect(play.running == ["undo-run"])
    }

    @Test(arguments: [.timeout(step: "run"), .operate(.fail(step: "run"), by: Actor("ada"))] as [Event])
    func `a step that times out or is failed by hand cancels its pipeline`(event: Event) throws {
        var play = try play()
        try play.on(event, after: .seconds(3600))
        #expect(due(play)?.step == "run")
    }

    @Test(
        arguments: [
            .operate(.skip(step: "run"), by: Actor("ada")),
            .operate(.complete(step: "run", output: [:]), by: Actor("ada")),
            .operate(.kill, by: Actor("ada", reason: "now")),
            .finish(step: "run", attempt: 1, outcome: .failed(Failure(.permanent, "it ended with status killed"))),
            .finish(step: "run", attempt: 1, outcome: .succeeded(output: [:])),
        ] as [Event])
    func `a pipeline that is over, or that somebody took over, is left alone`(event: Event) throws {
        var play = try play()
        try play.on(event)
        #expect(due(play) == nil)
    }

    @Test func `a pipeline whose creation was under way is cancelled when it is known`() throws {
        var play = try Play(Self.definition)
        try play.run("a")
        try play.begin("run")
        try play.ask(.cancel)
        #expect(due(play) == nil && play.running == ["run"])
        try play.finish("run", .waits(Wait(Self.subject(), since: play.now)))
        #expect(due(play)?.step == "run")
        #expect(play.saga.step("run")?.lastWait?.title == "pipeline o/r#7")
    }

    @Test func `a creation without an answer is looked for`() throws {
        for isDraining in [true, false] {
            var play = try Play(Self.definition)
            try play.run("a")
            try play.begin("run")
            if isDraining { try play.ask(.cancel) }
            try play.finish("run", .failed(Failure(.unknown, "no answer")))
            if !isDraining { try play.ask(.cancel) }
            #expect(due(play)?.step == "run")
        }
        var lost = try Play(Self.definition)
        try lost.run("a")
        try lost.begin("run")
        try lost.ask(.cancel)
        try lost.on(.begin(step: "run", executor: "two"))
        #expect(due(lost)?.step == "run")
        var refused = try Play(Self.definition)
        try refused.run("a")
        try refused.begin("run")
        try refused.ask(.cancel)
        try refused.finish("run", .failed(Failure(.retryable, "connection refused")))
        #expect(due(refused) == nil, "nothing was sent")
    }

    @Test func `a retry does not find the pipeline that was cancelled again`() throws {
        var play = try Play(Build.definition([Build.step("run", action: .runPipeline, attempts: 1)]))
        try play.run("run", .failed(Failure(.unknown, "no answer")))
        #expect(play.saga.status == .running)
        try play.on(.cancelEnded(step: "run", outcome: .succeeded(output: ["result": "it was pending"])))
        #expect(play.saga.status == .failed)
        try play.ask(.retry(force: false))
        #expect(play.saga.step("run")?.generation == 2)
    }

    @Test func `a server that is down is asked again for a while, and then the saga goes on`() throws {
        var play = try play()
        try play.ask(.cancel)
        let since = play.now
        var delays: [Duration] = []
        while let due = due(play)?.at {
            let wait = due - play.now
            delays.append(wait)
            try play.on(
                .cancelEnded(step: "run", outcome: .failed(Failure(.retryable, "connection refused"))), after: wait)
            #expect(play.running.isEmpty || self.due(play) == nil)
        }
        #expect(delays.prefix(6) == [.zero, .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)])
        #expect(delays.max() == .seconds(30))
        #expect(play.now - since <= OwedCancel.patience)
        #expect(play.running == ["undo-run"])
        #expect(play.saga.step("run")?.error?.contains("could not be cancelled: connection refused") == true)
        #expect(play.journal.contains { $0.kind == .pipelineCancelFailed })
    }

    @Test func `what cannot be cancelled does not hold the saga, and an open circuit is waited for`() throws {
        var play = try play()
        try play.ask(.cancel)
        try play.on(.cancelEnded(step: "run", outcome: .postponed(until: play.now + .seconds(30), reason: "open")))
        #expect(due(play)?.at == play.now + .seconds(29))
        try play.on(.cancelEnded(step: "run", outcome: .failed(Failure(.permanent, "no permission"))))
        #expect(play.running == ["undo-run"])
    }

    @Test func `a kill abandons what is owed`() throws {
        var play = try play()
        try play.ask(.cancel)
        try play.ask(.kill)
        #expect(play.saga.status == .failed)
        #expect(play.saga.agenda.isEmpty)
        #expect(play.saga.step("run")?.owedCancel == nil)
    }

    @Test func `a saga that goes on without the step does not end before the cancel`() throws {
        var play = try Play(
            Build.definition([Build.step("run", action: .runPipeline, continueOnFailure: true)]))
        try play.park("run", Self.subject())
        try play.on(.timeout(step: "run"), after: .seconds(3600))
        #expect(play.saga.status == .running)
        try play.on(.cancelEnded(step: "run", outcome: .succeeded(output: [:])))
        #expect(play.saga.status == .completed)
    }
}
