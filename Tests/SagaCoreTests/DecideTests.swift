import SagaCore
import TestSupport
import Testing

/// Every kind of state a step or saga can be in, times every event: each is a move or a named refusal, and what is
/// over stays over.
@Suite struct DecideTests {
    static let definition = Build.definition(
        [
            Build.step("a", undo: "undo-a", attempts: 2), Build.step("b", after: ["a"], undo: "undo-b", attempts: 2),
            Build.undo("undo-a"), Build.undo("undo-b"),
        ], timeout: .seconds(3600))

    /// Named ways into each state.
    static let states: [(name: String, play: @Sendable () throws -> Play)] = [
        ("owed", { try Play(definition) }),
        (
            "begun",
            {
                var play = try Play(definition); try play.begin("a"); return play
            }
        ),
        (
            "waiting",
            {
                var play = try Play(definition); try play.park("a"); return play
            }
        ),
        (
            "backing off",
            {
                var play = try Play(definition); try play.fail("a", .retryable); return play
            }
        ),
        (
            "second step owed",
            {
                var play = try Play(definition); try play.run("a"); return play
            }
        ),
        (
            "paused",
            {
                var play = try Play(definition); try play.ask(.pause); return play
            }
        ),
        (
            "draining",
            {
                var play = try Play(definition); try play.begin("a"); try play.ask(.cancel); return play
            }
        ),
        (
            "compensating",
            {
                var play = try Play(definition); try play.run("a"); try play.fail("b"); return play
            }
        ),
        (
            "completed",
            {
                var play = try Play(definition); try play.run("a"); try play.run("b"); return play
            }
        ),
        (
            "failed",
            {
                var play = try Play(definition); try play.fail("a"); return play
            }
        ),
        (
            "killed",
            {
                var play = try Play(definition); try play.begin("a"); try play.ask(.kill); return play
            }
        ),
        (
            "compensated",
            {
                var play = try Play(definition)
                try play.run("a")
                try play.fail("b")
                try play.run("undo-a")
                return play
            }
        ),
        (
            "compensation failed",
            {
                var play = try Play(definition)
                try play.run("a")
                try play.fail("b")
                try play.fail("undo-a")
                return play
            }
        ),
    ]

    static let outcomes: [Outcome] = [
        .succeeded(output: ["x": 1]), .failed(Failure(.retryable, "r")), .failed(Failure(.permanent, "p")),
        .failed(Failure(.unknown, "u")), .waits(Wait(.approval(message: "", approvers: []), since: Build.start)),
        .postponed(until: Build.start + .seconds(99), reason: "open circuit"),
    ]

    static let operations: [SagaCore.Operation] = [
        .retry(force: false), .retry(force: true), .skip(step: "a"), .skip(step: "undo-a"), .skip(step: "none"),
        .complete(step: "a", output: ["by": "hand"]), .fail(step: "a"), .approve(step: "a"), .reject(step: "a"),
        .cancel, .supersede(by: "other"), .kill, .compensate, .pause, .resume, .changeVars([:]),
        .changeVars(["nope": 1]),
    ]

    static var events: [Event] {
        var events: [Event] = [.start, .deadline]
        for step in ["a", "b", "undo-a", "none"] {
            events += [
                .begin(step: step, executor: "two"), .signalled(step: step), .wake(step: step), .timeout(step: step),
            ]
            events += outcomes.flatMap { outcome in
                [1, 2].map { .finish(step: step, attempt: $0, outcome: outcome) }
            }
        }
        return events + operations.map { .operate($0, by: Actor("ada", reason: "test")) }
    }

    @Test(arguments: states.map(\.name), [Duration.seconds(1), .seconds(2 * 3600)])
    func everyEventIsAMoveOrARefusal(state: String, later: Duration) throws {
        let play = try #require(Self.states.first { $0.name == state }).play()
        let now = play.now + later
        for event in Self.events {
            let before = play.saga
            do {
                let after = try before.decide(event, now: now).saga
                try Invariants.check(from: before, to: after, by: event)
            } catch let refusal as Refusal {
                #expect(!refusal.message.isEmpty)
            }
        }
    }

    @Test(arguments: ["completed", "compensated", "compensation failed", "failed", "killed"])
    func whatIsOverMovesByOperatorsOnly(state: String) throws {
        let play = try #require(Self.states.first { $0.name == state }).play()
        #expect(play.saga.status.isTerminal)
        #expect(play.saga.agenda.isEmpty)
        for event in Self.events {
            if case .operate = event { continue }
            #expect(throws: Refusal.self) { try play.saga.decide(event, now: play.now + .seconds(7200)) }
        }
    }

    @Test func whatRunsCanBeWoken() throws {
        for (_, make) in Self.states {
            let saga = try make().saga
            for step in saga.steps where step.status == .running {
                #expect(saga.agenda.contains { $0.step == step.name }, "\(step.name)")
            }
        }
    }
}

/// What must hold of every move, whatever the event.
enum Invariants {
    static func check(from old: Saga, to new: Saga, by event: Event) throws {
        checkMoves(from: old, to: new, by: event)
        for (before, after) in zip(old.steps, new.steps) {
            if before.status == .completed {
                #expect(after == before || after.tombstone, "a completed step changed by \(event)")
                #expect(after.status == .completed, "a completed step ran again by \(event)")
            }
            if before.tombstone { #expect(after.status != .running || after.name.hasPrefix("undo"), "\(event)") }
            let policy = new.definition.step(after.name)?.retryPolicy
            #expect(after.attempt <= policy?.maxAttempts ?? 0, "too many attempts by \(event)")
            #expect((after.status == .running) == (after.activity != .idle), "\(event)")
            #expect(after.status.isTerminal == (after.completedAt != nil), "\(event)")
        }
        #expect(new.status.isTerminal == (new.completedAt != nil), "\(event)")
        if new.status == .failed || new.status == .compensated { #expect(new.errorCode != nil, "\(event)") }
        if new.status == .completed { #expect(new.error == nil && new.errorCode == nil) }
        if !new.status.isTerminal, !new.isPaused, new.status != .pending {
            #expect(!new.agenda.isEmpty, "nothing can wake the saga after \(event)")
        }
    }

    /// The tables of legal moves name this one.
    private static func checkMoves(from old: Saga, to new: Saga, by event: Event) {
        var operation: String?
        if case .operate(let asked, _) = event { operation = asked.name }
        var sagas = StatusMoves(SagaStatus.moves, passing: [.running, .compensating])
        var steps = StatusMoves(StepStatus.moves, passing: [.pending])
        #expect(sagas.see(old.status, new.status, by: operation) == nil)
        for (before, after) in zip(old.steps, new.steps) {
            #expect(steps.see(before.status, after.status, by: operation) == nil, "\(after.name)")
        }
    }
}
