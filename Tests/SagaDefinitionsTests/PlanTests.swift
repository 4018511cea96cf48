import SagaCore
import SagaDefinitions
import Testing

@Suite struct PlanTests {
    private func plan(_ steps: String, _ top: String = "") throws -> Plan {
        let checked = try DefinitionReader.read("name: a\n\(top)\nsteps:\n" + steps)
        return Plan(checked.definition, warnings: checked.warnings)
    }

    private func rollback(_ plan: Plan) -> [String] {
        plan.rollback.map { "\($0.failed): \($0.undo.joined(separator: ",")) \($0.status)" }
    }

    private let chain = """
        - {name: a, action: approval, compensate: una}
        - {name: b, action: approval, compensate: unb, depends_on: [a]}
        - {name: c, action: approval, depends_on: [b]}
        - {name: una, action: approval}
        - {name: unb, action: approval}
        """

    @Test func `A chain is undone backwards`() throws {
        let plan = try plan(chain)
        #expect(plan.order == [["a"], ["b"], ["c"]])
        #expect(rollback(plan) == ["a:  failed", "b: una compensated", "c: unb,una compensated"])
    }

    @Test func `With on_failure stop nothing is undone`() throws {
        #expect(rollback(try plan(chain, "on_failure: stop")) == ["a:  failed", "b:  failed", "c:  failed"])
    }

    @Test func `In a diamond the other branch counts as completed`() throws {
        let plan = try plan(
            """
            - {name: d, action: approval, depends_on: [b, c]}
            - {name: a, action: approval, compensate: una}
            - {name: b, action: approval, compensate: unb, depends_on: [a]}
            - {name: c, action: approval, compensate: unc, depends_on: [a]}
            - {name: una, action: approval}
            - {name: unb, action: approval}
            - {name: unc, action: approval}
            """)
        #expect(plan.order == [["a"], ["b", "c"], ["d"]])
        #expect(
            rollback(plan) == [
                "a:  failed", "b: unc,una compensated", "c: unb,una compensated", "d: unc,unb,una compensated",
            ])
    }

    @Test func `After a pivot nothing is undone`() throws {
        let plan = try plan(
            """
            - {name: a, action: approval, compensate: una}
            - {name: p, action: approval, pivot: true, depends_on: [a]}
            - {name: z, action: approval, depends_on: [p]}
            - {name: una, action: approval}
            """)
        #expect(rollback(plan) == ["a:  failed", "p: una compensated", "z:  failed"])
    }

    @Test func `An attempted step is undone first, and one that may fail lets the saga go on`() throws {
        let plan = try plan(
            """
            - {name: a, action: approval, compensate: una, compensate_if: attempted}
            - {name: b, action: approval, compensate: unb, compensate_if: attempted, depends_on: [a]}
            - {name: c, action: approval, continue_on_failure: true, depends_on: [b]}
            - {name: una, action: approval}
            - {name: unb, action: approval}
            """)
        #expect(rollback(plan) == ["a: una compensated", "b: unb,una compensated", "c:  completed"])
    }

    @Test func `A plan in JSON has the contract's fields`() throws {
        #expect(
            try plan("- {name: a, action: shell, config: {command: 'echo {{ saga.id }}'}}").json == [
                "order": [["a"]], "rollback": [["failed": "a", "undo": [], "status": "failed"]],
                "warnings": [
                    [
                        "message": "'{{ saga.id }}' in a shell command without '| sh' is open to injection", "line": 4,
                        "column": 52, "path": "steps[0].config.command", "suggestion": .null,
                    ]
                ],
            ])
    }
}
