import SagaCore
import SagaEngine
import TestSupport
import Testing

/// One run of the engine's transactions against a world that goes wrong: executors die between any two commits or
/// stall beyond their leases, outcomes get lost or come twice, signals are early, late and doubled, and operators
/// press buttons. After every step the invariants are checked; at the end the faults stop and all has to come to rest.
struct Simulation {
    private struct Worker {
        var executor: Executor
        var orders: [WorkOrder] = []
        /// Where it does not renew its leases; its orders may still be reported, late.
        var isStalled = false
    }

    let seed: UInt64
    private var random: Dice
    private let ledger = MemoryLedger(keepsDecisions: true)
    private var now = Build.start
    private var workers: [Worker]
    private var started: [String] = []
    private(set) var watch: InvariantWatch
    private var delivered = 0
    private var workerCount = 2
    private var seen = 0

    /// - Parameter moves: what the simulations before have seen.
    init(seed: UInt64, moves: Moves) {
        self.seed = seed
        random = Dice(seed: seed)
        watch = InvariantWatch(seed: seed, moves: moves)
        workers = [
            Worker(executor: Executor(id: "w1", name: "w1", allowsShell: true)),
            Worker(executor: Executor(id: "w2", name: "w2", allowsShell: false)),
        ]
    }

    /// - Returns: how many sagas were run.
    mutating func run(steps: Int = 120) throws -> Int {
        for _ in 0..<random.number(1...4) { try start() }
        for _ in 0..<steps {
            try turn()
            try check()
        }
        try settle()
        try watch.final(try sagas())
        return started.count
    }

    /// The journal of everything so far, a line an entry.
    func story() -> String {
        let entries = (try? ledger.writeNow { try $0.journal(of: nil, after: 0, limit: .max) }) ?? []
        return entries.map { stored in
            let entry = stored.entry
            return "\(stored.at) \(stored.saga) \(entry.kind.rawValue) \(entry.step ?? "") \(entry.data.json)"
        }.joined(separator: "\n")
    }

    private func sagas() throws -> [Saga] {
        try ledger.writeNow { transaction in try started.compactMap { try transaction.saga($0) } }
    }

    /// - Parameter operation: what was just asked for, if anything was.
    private mutating func lookAtDecisions(by operation: SagaCore.Operation? = nil) throws {
        for (before, after) in ledger.takeDecisions() { try watch.decided(before, after, by: operation?.name) }
    }

    private mutating func check() throws {
        try lookAtDecisions()
        let (changed, mark) = ledger.changed(since: seen)
        seen = mark
        try ledger.writeNow { transaction in
            let due = try transaction.nextDue(for: Executor(id: "any", name: "", allowsShell: true))
            try watch.observe(changed, hasDue: due != nil)
            for saga in changed { try watch.hears(saga) { try transaction.signals(for: $0) } }
        }
    }

    private mutating func start() throws {
        let request = StartRequest(
            definition: RandomDefinition.make(&random), definitionText: "simulated", actor: "simulator")
        let id = "saga-\(seed)-\(started.count)"
        do {
            let result = try ledger.writeNow { try $0.start(request, id: id, Circumstances(now: now)) }
            started.append(result.result.saga.id)
        } catch is StartRefusal {
            // The policy 'reject' did its work.
        }
    }

    // MARK: What may happen next

    private mutating func turn() throws {
        switch random.number(0...19) {
        case 0...4: try claim(random.number(0...workers.count - 1))
        case 5...10: try report(random.number(0...workers.count - 1))
        case 11...13: try pass(.milliseconds(random.number(0...4000)))
        case 14: try pass(.seconds(random.number(5...120)))
        case 15: try crash(random.number(0...workers.count - 1))
        case 16:
            workers[random.number(0...workers.count - 1)].isStalled.toggle()
            // Whoever comes back looks at its leases first.
            try pass(.milliseconds(1))
        case 17: try deliver()
        case 18: try operate()
        default: if random.once(in: 4), started.count < 6 { try start() }
        }
    }

    private mutating func pass(_ time: Duration) throws {
        // Living executors renew their leases as time goes by.
        var left = time.inMilliseconds
        while left > 0 {
            let step = min(left, 3000)
            now = now + .milliseconds(step)
            left -= step
            for worker in workers.indices where !workers[worker].isStalled {
                let lost = try ledger.writeNow { transaction in
                    try transaction.renew(
                        workers[worker].orders.map(\.claim),
                        lease: Lease(owner: workers[worker].executor.id, until: now + Circumstances.leaseLength))
                }
                workers[worker].orders.removeAll { lost.contains($0.claim) }
            }
        }
    }

    private mutating func claim(_ index: Int) throws {
        guard !workers[index].isStalled else { return }
        let circumstances = Circumstances(now: now, chance: 0.5, executor: workers[index].executor)
        let limit = random.number(1...4)
        let orders = try ledger.writeNow { try $0.claimWork(limit: limit, circumstances) }
        // A crash between the commit and the work: the claim is durable and nobody knows of it.
        if random.once(in: 12) { return }
        try take(orders, index)
    }

    private mutating func take(_ orders: [WorkOrder], _ index: Int) throws {
        for order in orders {
            for other in workers.indices where !workers[other].isStalled {
                let same = workers[other].orders.contains { $0.claim.isSameWork(as: order.claim) }
                try watch.require(!same, "\(order.claim) runs in two places at once")
            }
            if order.claim.kind == .attempt { try watch.effectBegins(order) }
            workers[index].orders.append(order)
        }
    }

    private mutating func report(_ index: Int) throws {
        guard !workers[index].orders.isEmpty else { return }
        let order = workers[index].orders.remove(at: random.number(0...workers[index].orders.count - 1))
        let outcome = World.outcome(of: order, now: now, &random)
        let executor = random.once(in: 2) ? workers[index].executor : nil
        let circumstances = Circumstances(now: now, chance: 0.5, executor: workers[index].isStalled ? nil : executor)
        var next = try ledger.writeNow { try $0.finish(order, outcome, circumstances) }
        // Committed, but the caller was told it was not: it says it again.
        if random.once(in: 10) {
            let again = try ledger.writeNow { try $0.finish(order, outcome, circumstances) }
            try watch.require(again.isEmpty, "an outcome counted twice")
        }
        if random.once(in: 20) { next = [] }
        try take(next, index)
    }

    /// A new process takes the place of one that was killed.
    private mutating func crash(_ index: Int) throws {
        workerCount += 1
        let old = workers[index].executor
        workers[index] = Worker(
            executor: Executor(id: "w\(workerCount)", name: old.name, allowsShell: old.allowsShell))
    }

    private mutating func deliver() throws {
        let isDouble = random.once(in: 3) && delivered > 0
        if !isDouble { delivered += 1 }
        let delivery = InboxDelivery(
            source: "gitea", id: "d\(delivered)",
            signals: [World.signal(&random)])
        let receipt = try ledger.writeNow { try $0.deliver(delivery, Circumstances(now: now)) }
        try watch.require((receipt == nil) == isDouble, "a delivery was lost or counted twice")
        let kept = try ledger.writeNow { try $0.signals(for: World.pipelineKeys).count }
        try watch.require(kept == delivered, "an accepted signal vanished")
    }

    private mutating func operate() throws {
        guard let id = started.randomElement(using: &random), let saga = try sagas().first(where: { $0.id == id }),
            let step = saga.steps.randomElement(using: &random)?.name
        else { return }
        let operations: [SagaCore.Operation] = [
            .retry(force: false), .retry(force: true), .skip(step: step), .complete(step: step, output: [:]),
            .fail(step: step), .approve(step: step), .reject(step: step), .cancel, .kill, .compensate, .pause, .resume,
            .resume, .changeVars(["v": "two"]),
        ]
        guard let operation = operations.randomElement(using: &random) else { return }
        do {
            try ledger.writeNow { transaction in
                guard let saga = try transaction.saga(id) else { return }
                if saga.status.isTerminal, let key = saga.concurrencyKey,
                    try transaction.holder(ofConcurrencyKey: key) != nil
                {
                    return
                }
                _ = try transaction.apply(
                    .operate(operation, by: Actor("ada", reason: "because")), to: saga, Circumstances(now: now))
            }
            watch.operated(id)
            try lookAtDecisions(by: operation)
            // Abandoned attempts are noticed with the next renewal.
            try pass(.milliseconds(1))
        } catch is Refusal {
            // A normal answer.
        }
    }

    // MARK: The end

    /// No more faults: everything has to end by itself.
    private mutating func settle() throws {
        for id in started {
            try ledger.writeNow { transaction in
                // Read here: resuming the one before may have ended it and started this one.
                guard let saga = try transaction.saga(id), saga.isPaused else { return }
                _ = try transaction.apply(.operate(.resume, by: Actor("ada")), to: saga, Circumstances(now: now))
            }
            watch.operated(id)
            try lookAtDecisions(by: .resume)
        }
        for index in workers.indices { try crash(index) }
        for _ in 0..<5000 {
            guard try sagas().contains(where: { !$0.status.isTerminal }) else { return }
            let circumstances = Circumstances(now: now, chance: 0, executor: workers[0].executor)
            let orders = try ledger.writeNow { try $0.claimWork(limit: 50, circumstances) }
            for order in orders {
                if order.claim.kind == .attempt { try watch.effectBegins(order) }
                let outcome = World.calmOutcome(of: order, now: now)
                let next = try ledger.writeNow { try $0.finish(order, outcome, Circumstances(now: now)) }
                try watch.require(next.isEmpty, "claimed for nobody")
            }
            if orders.isEmpty {
                let due = try ledger.writeNow { try $0.nextDue(for: workers[0].executor) }
                let open = try sagas().filter { !$0.status.isTerminal }
                    .map { saga in
                        "\(saga.id) is \(saga.status) (key \(saga.concurrencyKey ?? "none")): "
                            + saga.steps.map { "\($0.name) \($0.status) \($0.activity)" }.joined(separator: ", ")
                    }
                try watch.require(due != nil || open.isEmpty, "nothing will ever wake \(open)")
                now = max(now + .milliseconds(1), due ?? now)
            }
            try check()
        }
        try watch.require(false, "the sagas did not come to rest")
    }
}

extension Claim {
    fileprivate func isSameWork(as other: Claim) -> Bool {
        saga == other.saga && step == other.step && kind == other.kind && kind == .attempt
    }
}
