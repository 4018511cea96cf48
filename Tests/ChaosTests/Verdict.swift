import SagaCore

/// Compares what the world saw with what the store says, and names everything that must not be.
struct Verdict {
    let books: Books
    let seen: Chronicle.Records
    private(set) var violations: [String] = []
    private(set) var takeovers = 0
    private(set) var lateResults = 0
    /// Calls of a stopped process that came after others had completed the step.
    private(set) var lateCalls = 0
    /// Calls under one key that met at the server, because the first caller was killed or stopped.
    private(set) var explainedOverlaps = 0
    private(set) var repeatedEffects = 0

    /// A process that goes on after a stop may still do what it was about to: for so long, in milliseconds.
    private static let lateness: Int64 = 10_000

    init(_ books: Books, _ seen: Chronicle.Records, sagas: Int) {
        self.books = books
        self.seen = seen
        violations = seen.surprises
        if books.integrity != ["ok"] { violations.append("integrity_check: \(books.integrity)") }
        if books.brokenReferences != 0 { violations.append("\(books.brokenReferences) broken references") }
        if books.leftovers != 0 { violations.append("\(books.leftovers) rows of work are left of sagas that are over") }
        if books.sagas.count != sagas || Set(books.sagas.map(\.key)).count != sagas {
            violations.append("\(sagas) sagas were asked for, and the store has \(books.sagas.count)")
        }
        let calls = Dictionary(grouping: seen.calls, by: \.key)
        for saga in books.sagas { judge(saga, calls) }
        judgeTurns()
        let keys = Set(books.sagas.flatMap { saga in saga.steps.keys.map { "\(saga.id)/\($0)/1" } })
        for key in calls.keys where !keys.contains(key) { violations.append("a call with the unknown key '\(key)'") }
    }

    private mutating func judge(_ saga: Books.Saga, _ calls: [String: [Chronicle.Call]]) {
        guard let number = Int(saga.key.drop { $0 != "-" }.dropFirst()) else {
            return violations.append("saga \(saga.id) has the foreign key '\(saga.key)'")
        }
        let shape = Outside.shape(number)
        let name = "saga \(saga.id) (\(shape), \(number))"
        var faults: [String] = []
        if !shape.endings.contains(saga.status) { faults.append("is \(saga.status), not \(shape.endings.sorted())") }
        if let code = seen.exits[saga.key], (code == 0) != (saga.status == "completed") {
            faults.append("its plugin exited with \(code)")
        }
        faults += History(saga, shape).faults
        faults += deliveries(saga, number, shape)
        takeovers += saga.journal.count { $0.kind == "attempt_taken_over" }
        lateResults += saga.journal.count { $0.kind == "late_result" }
        for step in saga.steps.keys { faults += effects(saga, shape, step, calls["\(saga.id)/\(step)/1"] ?? []) }
        violations += faults.map { "\(name): \($0)" }
    }

    /// Of the sagas with one concurrency key, each starts after the one before it has ended.
    private mutating func judgeTurns() {
        let queued = books.sagas.filter { $0.concurrencyKey != nil }
        for (key, sagas) in Dictionary(grouping: queued, by: \.concurrencyKey) {
            let turns = sagas.compactMap { saga -> (start: Int64, end: Int64)? in
                guard let start = saga.journal.first(where: { $0.kind == "saga_started" }) else { return nil }
                return (start.id, saga.journal.last { $0.kind == "saga_" + saga.status }?.id ?? .max)
            }
            let sorted = turns.sorted { $0.start < $1.start }
            for (first, second) in zip(sorted, sorted.dropFirst()) where second.start < first.end {
                violations.append("two sagas held the key '\(key ?? "")' at once")
            }
        }
    }

    /// Every wait whose facts were accepted is over, by them.
    private func deliveries(_ saga: Books.Saga, _ number: Int, _ shape: Shape) -> [String] {
        guard !shape.awaitedWorkflows.isEmpty else { return [] }
        var faults: [String] = []
        for workflow in shape.awaitedWorkflows {
            for state in ["pending", shape.deliveredState]
            where !seen.accepted.contains("\(number) \(workflow) \(state)") {
                faults.append("no receiver took the delivery about \(workflow) being \(state)")
            }
        }
        let gate = saga.steps["gate"]
        let expected = shape.deliveredState == "success" ? "completed" : "failed"
        if gate?.status != expected { faults.append("its wait is \(gate?.status ?? "gone") after what was delivered") }
        if gate?.output["status"]?.stringValue != shape.deliveredState { faults.append("its wait tells another state") }
        return faults
    }

    private mutating func effects(_ saga: Books.Saga, _ shape: Shape, _ step: String, _ calls: [Chronicle.Call])
        -> [String]
    {
        var faults: [String] = []
        let sorted = calls.sorted { $0.began < $1.began }
        let entries = saga.journal.filter { $0.step == step }
        for (attempt, repeated) in Dictionary(grouping: sorted, by: \.attempt) {
            let takeovers = entries.count {
                $0.kind == "attempt_taken_over" && $0.data["attempt"]?.intValue == Int64(attempt)
            }
            if repeated.count > 1 + takeovers {
                faults.append(
                    "attempt \(attempt) of '\(step)' called \(repeated.count) times, with \(takeovers) takeovers")
            }
        }
        if shape.undoneIfAttempted.contains(step), !calls.isEmpty, !entries.isEmpty,
            !saga.journal.contains(where: { $0.kind == "step_started" && $0.step == "undo-" + step })
        {
            faults.append("'\(step)' was tried and never undone")
        }
        repeatedEffects += max(0, calls.count { $0.status == 200 } - 1)
        if let completed = entries.first(where: { $0.kind == "step_completed" }) {
            if !["gate", "nap"].contains(step), !calls.contains(where: { $0.status == 200 }) {
                faults.append("'\(step)' is completed without an effect")
            }
            for call in sorted where call.began > completed.at {
                if isExcused(call) {
                    lateCalls += 1
                } else {
                    faults.append("'\(step)' was called again by \(call.executor) after it was completed")
                }
            }
        }
        for (first, second) in zip(sorted, sorted.dropFirst()) where second.began < first.ended ?? second.began {
            if isExcused(first) || isExcused(second) || wasKilled(first, before: second.began) {
                explainedOverlaps += 1
            } else {
                faults.append("'\(step)' was called by \(first.executor) and \(second.executor) at the same time")
            }
        }
        return faults
    }

    /// Whether the caller was stopped for longer than its lease shortly before the call, or during it.
    private func isExcused(_ call: Chronicle.Call) -> Bool {
        seen.pauses.contains {
            $0.executor == call.executor && $0.from <= call.ended ?? call.began
                && call.began <= $0.to + Self.lateness
        }
    }

    /// The server goes on answering callers that are dead.
    private func wasKilled(_ call: Chronicle.Call, before moment: Int64) -> Bool {
        seen.kills[call.executor].map { $0 <= moment } ?? false
    }
}
