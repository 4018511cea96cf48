import SagaCore
import SagaDefinitions
import Testing

@testable import saga_receiver

/// Buttons and sentences before an operation, held against what `decide` makes of it.
@Suite struct OperationTextTests {
    private static let now = House.now

    private static func saga(_ more: String = "", approvers: String = "") throws -> Saga {
        let text = """
            name: s
            \(more)
            steps:
              - {name: a, action: shell, config: {command: "true"}, compensate: undo-a}
              - {name: gate, action: approval, depends_on: [a], config: {message: go\(approvers)}}
              - {name: b, action: shell, depends_on: [gate], config: {command: "true"}, compensate: undo-b}
              - {name: undo-a, action: shell, config: {command: "true"}}
              - {name: undo-b, action: shell, config: {command: "true"}}
            """
        let definition = try DefinitionReader.read(text).definition
        var saga = Saga(id: "s1", definition: definition, createdAt: now)
        saga = try saga.decide(.start, now: now).saga
        saga = try saga.decide(.begin(step: "a", executor: "e"), now: now).saga
        saga = try saga.decide(.finish(step: "a", attempt: 1, outcome: .succeeded(output: [:])), now: now).saga
        saga = try saga.decide(.begin(step: "gate", executor: "e"), now: now).saga
        let list = approvers.isEmpty ? [] : ["ann"]
        let wait = Wait(.approval(message: "go", approvers: list), since: now)
        return try saga.decide(.finish(step: "gate", attempt: 1, outcome: .waits(wait)), now: now).saga
    }

    private static func buttons(_ saga: Saga, _ name: String = "ops", _ scope: Scope = .operate) -> OperationButtons {
        OperationButtons(
            saga: saga, visitor: Visitor(caller: Caller(name: name, scope: scope), id: "x", canSignOut: true),
            links: Links())
    }

    private static func allowed(_ buttons: OperationButtons, _ step: String) throws -> [String] {
        let definition = try #require(buttons.saga.definition.step(step))
        return buttons.allowed(try #require(buttons.saga.step(step)), definition)
    }

    @Test func `every button is an operation that is taken`() throws {
        let saga = try Self.saga()
        let buttons = Self.buttons(saga)
        for step in saga.steps {
            for name in try Self.allowed(buttons, step.name) {
                let operation = try #require(Operation(name, step: step.name, force: false, output: [:]))
                _ = try saga.decide(.operate(operation, by: Actor("ops", reason: "r")), now: Self.now)
            }
        }
        #expect(try Self.allowed(buttons, "gate") == ["approve", "reject", "skip", "complete", "fail"])
        #expect(try Self.allowed(buttons, "a") == [])
        #expect(try Self.allowed(buttons, "b") == ["skip"])
        #expect(try Self.allowed(buttons, "undo-a") == [])
    }

    @Test func `whoever is not on the list of approvers has no buttons for it`() throws {
        let saga = try Self.saga(approvers: ", approvers: [ann]")
        #expect(try Self.allowed(Self.buttons(saga), "gate") == [])
        #expect(try Self.allowed(Self.buttons(saga, "ann"), "gate").contains("approve"))
        let definition = try #require(saga.definition.step("gate"))
        let step = try #require(saga.step("gate"))
        #expect(Self.buttons(saga).of(step, definition).text.contains("Only ann may decide this."))
    }

    @Test func `variables are changed where the saga stands still and has some`() throws {
        for (more, isOffered) in [("vars: {v: 1}", true), ("", false)] {
            let saga = try Self.saga(more)
            #expect(!OperationButtons.allowed(saga).contains("vars"))
            let paused = try saga.decide(.operate(.pause, by: Actor("ops")), now: Self.now).saga
            #expect(OperationButtons.allowed(paused).contains("vars") == isOffered)
            let text = Self.buttons(paused).ofSaga.text
            #expect(text.contains("action=\"/sagas/s1/vars\"") == isOffered)
        }
    }

    @Test func `a smaller scope has no buttons`() throws {
        let saga = try Self.saga()
        let buttons = Self.buttons(saga, "ci", .start)
        #expect(buttons.ofSaga == .empty)
        let definition = try #require(saga.definition.step("gate"))
        #expect(buttons.of(try #require(saga.step("gate")), definition) == .empty)
    }

    @Test func `a cancel names the undos that it runs`() throws {
        let saga = try Self.saga()
        let text = OperationText("cancel").consequence(saga, step: nil)
        #expect(text.contains("these undos run: 'undo-a'.") && !text.contains("undo-b"))
        let cancelled = try saga.decide(.operate(.cancel, by: Actor("ops")), now: Self.now).saga
        #expect(cancelled.status == .compensating)
    }

    @Test func `a definition that stops says that nothing is rolled back`() throws {
        let saga = try Self.saga("on_failure: stop")
        #expect(OperationText("cancel").consequence(saga, step: nil).contains("nothing is rolled back"))
        #expect(OperationText("reject").consequence(saga, step: "gate").contains("nothing is rolled back"))
        let cancelled = try saga.decide(.operate(.cancel, by: Actor("ops")), now: Self.now).saga
        #expect(cancelled.status == .failed)
    }

    @Test(arguments: OperationButtons.sagaOperations + OperationButtons.stepOperations)
    func `every operation says what it does`(name: String) throws {
        let text = OperationText(name).consequence(try Self.saga(), step: "gate")
        #expect(text.hasSuffix(".") && text.count > 30, "\(text)")
    }
}
