import SagaCore

/// Remembers what it saw of every saga, and says when something that must never happen did.
struct InvariantWatch {
    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    let seed: UInt64
    private var last: [String: Saga] = [:]
    private var completed: [String: Set<String>] = [:]
    private var touched: Set<String> = []
    private(set) var moves: Moves

    init(seed: UInt64, moves: Moves) {
        self.seed = seed
        self.moves = moves
    }

    func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw Broken(description: "seed \(seed): \(what())") }
    }

    /// An operator changed that saga: what was over may go on.
    mutating func operated(_ id: String) {
        touched.insert(id)
    }

    /// - Parameter operation: the name of the operation that was decided about; nil for any other event.
    mutating func decided(_ before: Saga, _ after: Saga, by operation: String?) throws {
        let wrong = moves.see(before, after, by: operation)
        try require(wrong == nil, wrong ?? "")
    }

    /// An attempt is about to act on the outside world.
    func effectBegins(_ order: WorkOrder) throws {
        let done = completed[order.claim.saga]?.contains(order.claim.step) ?? false
        try require(!done, "completed step \(order.claim.step) runs again")
    }

    /// - Parameter sagas: those that changed since the last look.
    mutating func observe(_ sagas: [Saga], hasDue: Bool) throws {
        for saga in sagas {
            if let old = last[saga.id] { try compare(old, saga) }
            for step in saga.steps {
                let policy = saga.definition.step(step.name)?.retryPolicy
                try require(step.attempt <= policy?.maxAttempts ?? 0, "\(step.name) has too many attempts")
                if step.status == .completed { completed[saga.id, default: []].insert(step.name) }
            }
            try checkRollback(saga)
            let owing = saga.steps.filter { $0.owedCancel != nil }.map(\.name)
            try require(owing.isEmpty || !saga.status.isTerminal, "\(saga.id) is over and owes the cancel of \(owing)")
            if saga.status == .compensating {
                let forward = owing.filter { saga.definition.step($0)?.role == .forward }
                try require(forward.isEmpty, "\(saga.id) undoes while the pipeline of \(forward) may run")
            }
            if saga.status == .running || saga.status == .compensating, !saga.isPaused {
                try require(!saga.agenda.isEmpty, "\(describe(saga)) has nothing that could wake it")
                try require(hasDue, "nothing is due though \(saga.id) runs")
            }
            last[saga.id] = saga
        }
        let holders = last.values.filter {
            $0.concurrencyKey != nil && ($0.status == .running || $0.status == .compensating)
        }
        try require(holders.count <= 1, "\(holders.count) sagas hold the same concurrency key")
        let waiting = last.values.contains { $0.concurrencyKey != nil && $0.status == .pending }
        try require(!waiting || holders.count == 1, "a saga waits for a concurrency key that nobody holds")
        touched = []
    }

    /// A wait that signals have decided is going to be read: no accepted signal goes unheard.
    func hears(_ saga: Saga, signals: ([String]) throws -> [StoredSignal]) throws {
        guard !saga.status.isTerminal else { return }
        for step in saga.steps where step.status == .running {
            guard let wait = step.wait, case .pipeline(let pipeline) = wait.subject, wait.nextRead == nil else {
                continue
            }
            let known = try signals(wait.keys).filter { wait.accepts($0.signal) }
            guard case .ended(let end) = SignalVerdict.about(pipeline, known) else { continue }
            try require(
                false, "\(step.name) of \(saga.id) waits though signals say '\(end.status)', and nothing reads it")
        }
    }

    private func compare(_ old: Saga, _ new: Saga) throws {
        if old.status.isTerminal, !touched.contains(old.id) {
            try require(new == old, "\(old.id) was over and changed by itself")
        }
        for (before, after) in zip(old.steps, new.steps) {
            if before.status == .completed {
                try require(after.status == .completed, "\(after.name) was completed and is \(after.status)")
            }
            if before.tombstone, after.tombstone {
                let isForward = new.definition.step(after.name)?.role == .forward
                try require(!isForward || after.status != .running, "\(after.name) ran after its tombstone")
            }
            try require(!before.tombstone || after.tombstone, "a tombstone vanished")
        }
    }

    /// No undo runs or is done while something that stands on its step is still to be undone. Where an operator
    /// skipped the step between two others, the later one may have ended first; it did not stand on the earlier one.
    private func checkRollback(_ saga: Saga) throws {
        let targets = saga.undoTargets
        for target in targets {
            guard let undo = target.compensate.flatMap({ saga.step($0) }), undo.status == .running else { continue }
            for other in targets where saga.definition.dependencies(of: other.name).contains(target.name) {
                guard let end = saga.step(other.name)?.sequence, end > saga.step(target.name)?.sequence ?? 0 else {
                    continue
                }
                let status = other.compensate.flatMap { saga.step($0)?.status }
                try require(
                    status == .completed || status == .skipped,
                    "\(undo.name) runs while \(other.name), which stands on \(target.name), is not undone")
            }
        }
    }

    private func describe(_ saga: Saga) -> String {
        "\(saga.id) (\(saga.status), \(saga.errorCode?.rawValue ?? "no error"), before: "
            + "\(last[saga.id]?.status.rawValue ?? "new")): "
            + saga.steps.map { "\($0.name) \($0.status) tombstone \($0.tombstone) \($0.activity)" }.joined(
                separator: ", ")
    }

    func final(_ sagas: [Saga]) throws {
        for saga in sagas {
            try require(saga.status.isTerminal, "\(saga.id) is \(saga.status)")
            for step in saga.steps { try require(step.status != .running, "\(step.name) still runs") }
            if saga.status == .compensated {
                for target in saga.undoTargets {
                    let status = target.compensate.flatMap { saga.step($0)?.status }
                    try require(
                        status == .completed || status == .skipped, "\(target.name) was not undone in \(saga.id)")
                }
            }
        }
    }
}
