import SagaCore

/// One saga's journal, read for what no journal may say.
struct History {
    private let saga: Books.Saga
    private let shape: Shape
    private(set) var faults: [String] = []

    init(_ saga: Books.Saga, _ shape: Shape) {
        self.saga = saga
        self.shape = shape
        checkSteps()
        checkDependencies()
        checkEnd()
        checkUndos()
    }

    private static let stepEndings: Set = ["step_completed", "step_failed", "step_skipped"]
    private static let sagaEndings: Set = [
        "saga_completed", "saga_failed", "saga_compensated", "saga_compensation_failed",
    ]

    private func position(_ kind: String, _ step: String) -> Int? {
        saga.journal.firstIndex { $0.kind == kind && $0.step == step }
    }

    private func count(_ kind: String, _ step: String) -> Int {
        saga.journal.count { $0.kind == kind && $0.step == step }
    }

    /// Nothing is started twice, ends twice, or ends otherwise than its row says.
    private mutating func checkSteps() {
        for (name, step) in saga.steps {
            if count("step_started", name) > 1 { faults.append("'\(name)' was started twice") }
            let endings = saga.journal.filter { $0.step == name && Self.stepEndings.contains($0.kind) }
            if endings.count > 1 { faults.append("'\(name)' ended twice") }
            if step.status == "running" { faults.append("'\(name)' still runs") }
            if (step.status == "completed") != (position("step_completed", name) != nil) {
                faults.append("'\(name)' is \(step.status), and its journal says otherwise")
            }
            if let end = endings.first {
                let later = saga.journal.filter { $0.id > end.id && $0.step == name && $0.kind != "late_result" }
                if !later.isEmpty { faults.append("'\(name)' went on after its end: \(later.map(\.kind))") }
            }
        }
    }

    private mutating func checkDependencies() {
        let definition = shape.definition(number: 0, effects: "")
        for step in definition["steps"]?.arrayValue ?? [] {
            guard let name = step["name"]?.stringValue, let start = position("step_started", name) else { continue }
            for dependency in step["depends_on"]?.arrayValue?.compactMap(\.stringValue) ?? []
            where (position("step_completed", dependency) ?? .max) > start {
                faults.append("'\(name)' was started before '\(dependency)' was completed")
            }
        }
    }

    private mutating func checkEnd() {
        let ends = saga.journal.filter { Self.sagaEndings.contains($0.kind) }
        if ends.map(\.kind) != ["saga_" + saga.status] { faults.append("its journal ends with \(ends.map(\.kind))") }
        if let end = ends.first {
            let later = saga.journal.filter { $0.id > end.id && $0.kind != "late_result" }
            if !later.isEmpty { faults.append("it went on after its end: \(later.map(\.kind))") }
        }
    }

    private var completedWithUndo: Set<String> {
        Set(saga.steps.filter { $0.value.status == "completed" && saga.steps["undo-" + $0.key] != nil }.keys)
    }

    /// What was completed is undone, nothing else is, and no undo starts before those of the step's dependants ended.
    private mutating func checkUndos() {
        let undos = saga.journal.filter { $0.kind == "step_started" && $0.step.hasPrefix("undo-") }
            .map { String($0.step.dropFirst("undo-".count)) }
        let mustUndo = shape.undone ?? (saga.status == "compensated" ? completedWithUndo : [])
        let mayUndo = mustUndo.union(shape.undoneIfAttempted)
        if !mustUndo.isSubset(of: undos) || !mayUndo.isSuperset(of: undos) {
            faults.append("it undid \(undos), not \(mustUndo.sorted())")
        }
        if let lastForward = saga.journal.lastIndex(where: {
            $0.kind == "step_started" && !$0.step.hasPrefix("undo-")
        }), let first = undos.first.flatMap({ position("step_started", "undo-\($0)") }), first < lastForward {
            faults.append("it went forward after the first undo")
        }
        if shape == .failingDiamond {
            let ends = ["left", "right"].compactMap { position("step_completed", "undo-\($0)") }
            if let base = position("step_started", "undo-one"), ends.count < 2 || ends.contains(where: { $0 > base }) {
                faults.append("'one' was undone before what stands on it")
            }
            return
        }
        let sequences = undos.map { saga.steps[$0]?.sequence ?? 0 }
        if sequences != sequences.sorted(by: >) { faults.append("it undid \(undos), which is not the reverse order") }
        for (before, after) in zip(undos, undos.dropFirst()) {
            let end = position("step_completed", "undo-\(before)") ?? position("step_failed", "undo-\(before)") ?? .max
            if end > position("step_started", "undo-\(after)") ?? 0 {
                faults.append("undo of '\(after)' was started before that of '\(before)' ended")
            }
        }
    }
}
