import SagaCore

/// The kinds of sagas that are started, and how each has to end.
enum Shape: String, CaseIterable, Sendable {
    case chain, diamond, wait, twoWorkflows, nap, shell
    case failingWait, failingChain, failingDiamond, failingUndo
    /// A step fails while its sibling runs: that one comes to its own end and is undone, whatever became of it.
    case draining
    /// Takes turns with others under one concurrency key.
    case queued
    /// An operator cancels it at some moment.
    case cancelled

    var awaitedWorkflows: [String] {
        switch self {
        case .wait, .failingWait: ["build"]
        case .twoWorkflows: ["build", "test"]
        case .chain, .diamond, .nap, .shell, .failingChain, .failingDiamond, .failingUndo, .draining, .queued,
            .cancelled:
            []
        }
    }

    var deliveredState: String { self == .failingWait ? "failure" : "success" }

    var endings: Set<String> {
        switch self {
        case .chain, .diamond, .wait, .twoWorkflows, .nap, .shell, .queued: ["completed"]
        case .failingWait, .failingChain, .failingDiamond, .draining: ["compensated"]
        case .failingUndo: ["compensation_failed"]
        // The cancel may come after the end, or before anything was done.
        case .cancelled: ["completed", "compensated", "failed"]
        }
    }

    /// The steps that are undone, whatever their order; nil where that depends on how far the saga came.
    var undone: Set<String>? {
        switch self {
        case .chain, .diamond, .wait, .twoWorkflows, .nap, .shell, .queued: []
        case .failingWait: ["prepare"]
        case .failingChain: ["one", "two"]
        // What the refused undo's step stands on is not undone.
        case .failingUndo: ["two"]
        case .failingDiamond: ["one", "left", "right"]
        case .draining, .cancelled: nil
        }
    }

    /// The steps that are undone also where nobody knows whether they acted.
    var undoneIfAttempted: Set<String> { self == .draining ? ["slow"] : [] }

    func definition(number: Int, effects: String) -> JSONValue {
        var steps: [JSONValue]
        switch self {
        case .chain:
            steps = forward(effects, ["one": [], "two": ["one"], "three": ["two"], "four": ["three"]])
        case .diamond:
            steps = forward(effects, ["one": [], "left": ["one"], "right": ["one"], "last": ["left", "right"]])
        case .nap:
            steps = forward(effects, ["one": [], "two": ["nap"]])
            steps.append(["name": "nap", "action": "sleep", "depends_on": ["one"], "config": ["duration": "300ms"]])
        case .shell:
            steps = forward(effects, ["one": [], "three": ["two"]])
            steps.append(shellStep("two", after: "one", effects))
        case .wait, .failingWait, .twoWorkflows:
            steps = forward(effects, ["prepare": [], "deploy": ["gate"]])
            steps.append([
                "name": "gate", "action": "wait_pipeline", "depends_on": ["prepare"],
                "config": [
                    "repo": "octo/app", "number": .int(Int64(number)),
                    "workflows": .array(awaitedWorkflows.map { .string($0) }),
                ],
            ])
        case .failingChain:
            steps = forward(effects, ["one": [], "two": ["one"]])
            steps.append(step("three", after: ["two"], "\(effects)/no/three"))
        case .failingUndo:
            steps = forward(effects, ["one": [], "two": ["one"]], refusingUndoOf: "two")
            steps.append(step("three", after: ["two"], "\(effects)/no/three"))
        case .draining:
            steps = forward(effects, ["one": []])
            steps.append(
                step("slow", after: ["one"], "\(effects)/slow/slow", undo: "undo-slow", undoIfAttempted: true))
            steps.append(step("undo-slow", after: [], "\(effects)/ok/undo-slow"))
            steps.append(step("bad", after: ["one"], "\(effects)/no/bad"))
        case .queued:
            steps = forward(effects, ["one": [], "two": ["one"]])
        case .cancelled:
            steps = forward(effects, ["one": [], "two": ["one"], "three": ["two"]])
        case .failingDiamond:
            steps = forward(effects, ["one": [], "left": ["one"], "right": ["one"]])
            steps.append(step("last", after: ["left", "right"], "\(effects)/no/last"))
        }
        var definition: [String: JSONValue] = ["name": .string(rawValue.lowercased()), "steps": .array(steps)]
        if self == .failingDiamond { definition["compensation"] = "parallel" }
        if self == .queued { definition["concurrency"] = ["key": .string("lock-\(number % 2)")] }
        return .object(definition)
    }

    /// Calls that succeed in the end, each with an undo.
    private func forward(
        _ effects: String, _ names: [String: [String]], refusingUndoOf refused: String? = nil
    ) -> [JSONValue] {
        names.sorted { $0.key < $1.key }.flatMap { name, dependencies -> [JSONValue] in
            let path = refused == name ? "no" : "ok"
            return [
                step(name, after: dependencies, "\(effects)/ok/\(name)", undo: "undo-\(name)"),
                step("undo-\(name)", after: [], "\(effects)/\(path)/undo-\(name)"),
            ]
        }
    }

    private static let patience: JSONValue = [
        "max_attempts": 10, "initial_delay": "50ms", "max_delay": "1s",
    ]

    private func step(
        _ name: String, after: [String], _ url: String, undo: String? = nil, undoIfAttempted: Bool = false
    ) -> JSONValue {
        var step: [String: JSONValue] = [
            "name": .string(name), "action": "api", "retry_policy": Self.patience,
            "config": [
                "method": "POST", "url": .string(url), "headers": ["X-Executor": "{{ secrets.EXECUTOR }}"],
            ],
        ]
        if !after.isEmpty { step["depends_on"] = .array(after.map { .string($0) }) }
        if let undo { step["compensate"] = .string(undo) }
        if undoIfAttempted { step["compensate_if"] = "attempted" }
        return .object(step)
    }

    private func shellStep(_ name: String, after: String, _ effects: String) -> JSONValue {
        let call = """
            exec curl -sf -o /dev/null -X POST -H "Idempotency-Key: $SAGA_IDEMPOTENCY_KEY" \
            -H "X-Saga-Attempt: $SAGA_ATTEMPT" -H "X-Executor: $EXECUTOR" \(effects)/ok/\(name)
            """
        return [
            "name": .string(name), "action": "shell", "depends_on": [.string(after)], "retry_policy": Self.patience,
            "config": ["command": .string(call), "env": ["EXECUTOR": "{{ secrets.EXECUTOR }}"]],
        ]
    }
}
