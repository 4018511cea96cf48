import SagaCore
import TestSupport
import Testing

@Suite struct CompensationTests {
    /// a → (b, c) → d, all but d with an undo.
    static func diamond(_ order: Definition.CompensationOrder = .sequential) -> Definition {
        Build.definition(
            [
                Build.step("a", undo: "undo-a"), Build.step("b", after: ["a"], undo: "undo-b"),
                Build.step("c", after: ["a"], undo: "undo-c"), Build.step("d", after: ["b", "c"]),
                Build.undo("undo-a"), Build.undo("undo-b"), Build.undo("undo-c"),
            ], order: order)
    }

    @Test func stepsAreUndoneInReverseCompletionOrder() throws {
        var play = try Play(Self.diamond())
        try play.run("a")
        #expect(play.running == ["b", "c"])
        try play.run("c")
        try play.run("b")
        try play.fail("d")
        #expect(play.saga.status == .compensating)
        #expect(play.running == ["undo-b"])
        try play.run("undo-b")
        #expect(play.running == ["undo-c"])
        try play.run("undo-c")
        try play.run("undo-a")
        #expect(play.saga.status == .compensated)
        #expect(play.saga.errorCode == .stepFailed)
        #expect(play.saga.error == "step 'd' failed: no luck")
    }

    @Test func inParallelIndependentUndosRunAtOnce() throws {
        var play = try Play(Self.diamond(.parallel))
        try play.run("a")
        try play.run("c")
        try play.run("b")
        try play.fail("d")
        #expect(play.running == ["undo-b", "undo-c"])
        try play.run("undo-c")
        #expect(play.running == ["undo-b"])
        try play.run("undo-b")
        #expect(play.running == ["undo-a"])
        try play.run("undo-a")
        #expect(play.saga.status == .compensated)
    }

    @Test func aFailedUndoBlocksWhatItStandsOnAndNothingElse() throws {
        var play = try Play(Self.diamond())
        try play.run("a")
        try play.run("c")
        try play.run("b")
        try play.fail("d")
        try play.fail("undo-b")
        #expect(play.running == ["undo-c"], "an independent undo goes on")
        try play.run("undo-c")
        #expect(play.saga.status == .compensationFailed)
        #expect(play.status("undo-a") == .pending, "b still stands on a")
        #expect(play.saga.errorInWords == "step 'd' failed: no luck; undo 'undo-b' failed: no luck")
        try play.ask(.retry(force: false))
        #expect(play.saga.status == .compensating)
        #expect(play.running == ["undo-b"])
        try play.run("undo-b")
        try play.run("undo-a")
        #expect(play.saga.status == .compensated)
    }

    @Test func runningAttemptsDrainAndTheirResultsCount() throws {
        var play = try Play(Self.diamond())
        try play.run("a")
        try play.begin("b")
        try play.fail("c")
        #expect(play.saga.isDraining)
        #expect(play.running == ["b"])
        try play.finish("b", .succeeded(output: ["made": "x"]))
        #expect(play.saga.status == .compensating)
        #expect(play.running == ["undo-b"])
        #expect(play.saga.outputs["b"] == ["made": "x"])
    }

    @Test func waitsAreCancelledAndUntriedStepsGoBack() throws {
        var play = try Play(
            Build.definition([
                Build.step("w"), Build.step("x"), Build.step("y", undo: "undo-y", compensateIf: .attempted),
                Build.undo("undo-y"),
            ]))
        try play.park("w")
        try play.begin("y")
        try play.ask(.cancel)
        #expect(play.status("w") == .failed)
        #expect(play.status("x") == .pending)
        try play.finish("y", .failed(Failure(.unknown, "no answer")))
        #expect(play.saga.status == .compensating, "what may have happened is undone")
        try play.run("undo-y")
        #expect(play.saga.status == .compensated)
        #expect(play.saga.errorCode == .cancelled)
    }

    @Test func withCompensateIfCompletedAnUnknownOutcomeIsNotUndone() throws {
        var play = try Play(Build.definition([Build.step("y", undo: "undo-y"), Build.undo("undo-y")]))
        try play.fail("y", .unknown)
        #expect(play.saga.status == .failed)
    }

    @Test func afterAPivotThereIsNoWayBack() throws {
        var play = try Play(
            Build.definition([
                Build.step("a", undo: "undo-a"), Build.step("p", after: ["a"], pivot: true),
                Build.step("z", after: ["p"]), Build.undo("undo-a"),
            ]))
        try play.run("a")
        try play.run("p")
        try play.fail("z")
        #expect(play.saga.status == .failed)
        #expect(play.saga.error?.contains("point of no return") == true)
    }

    @Test func onFailureStopLeavesEverythingAsItIs() throws {
        var play = try Play(
            Build.definition(
                [Build.step("a", undo: "undo-a"), Build.step("b", after: ["a"]), Build.undo("undo-a")],
                onFailure: .stop))
        try play.run("a")
        try play.fail("b")
        #expect(play.saga.status == .failed)
        try play.ask(.compensate)
        #expect(play.running == ["undo-a"], "an operator may still roll back")
    }

    @Test func anAttemptLostWhileDrainingIsUnknownAndNotRunAgain() throws {
        var play = try Play(
            Build.definition([
                Build.step("a"), Build.step("b", undo: "undo-b", compensateIf: .attempted), Build.undo("undo-b"),
            ]))
        try play.begin("b")
        try play.fail("a")
        try play.on(.begin(step: "b", executor: "two"))
        #expect(play.status("b") == .failed)
        #expect(play.running == ["undo-b"])
    }

    @Test func aCompletedSagaCanBeRolledBack() throws {
        var play = try Play(Build.definition([Build.step("a", undo: "undo-a"), Build.undo("undo-a")]))
        try play.run("a")
        #expect(play.saga.status == .completed)
        try play.ask(.compensate)
        try play.run("undo-a")
        #expect(play.saga.status == .compensated)
        #expect(throws: Refusal.self) { try play.ask(.compensate) }
    }

    @Test func aKilledRollbackGoesOnByRetryAndNeverForward() throws {
        var play = try Play(Self.diamond())
        try play.run("a")
        try play.run("b")
        try play.fail("c")
        try play.begin("undo-b")
        try play.ask(.kill)
        #expect(play.saga.status == .failed)
        #expect(play.saga.errorCode == .killed)
        try play.ask(.retry(force: false))
        #expect(play.saga.status == .compensating)
        #expect(play.running == ["undo-b"])
        #expect(play.saga.step("undo-b")?.generation == 1, "its outcome was unknown, so the key stays")
    }

    @Test func skippingAnUndoOfAFailedSagaDoesNotSendItForward() throws {
        var play = try Play(
            Build.definition([Build.step("a", undo: "undo-a"), Build.undo("undo-a")], onFailure: .stop))
        try play.fail("a")
        try play.ask(.skip(step: "undo-a"))
        #expect(play.saga.status == .failed, "step a is still failed")
    }
}
