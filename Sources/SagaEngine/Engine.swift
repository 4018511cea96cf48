package import Logging
package import SagaCore
import Synchronization

/// The loop over a store: claim what is due, run it, feed the outcome back, and go on with what that made due.
///
/// It holds no saga between two pieces of work. Everything it knows is read back from the store, so recovery after
/// a crash is the ordinary path.
package final class Engine: Sendable {
    package struct Options: Sendable {
        /// How much work runs at once.
        package var capacity: Int
        /// How long running work may go on after a stop was asked for.
        package var gracePeriod: Duration

        package init(capacity: Int = 256, gracePeriod: Duration = .seconds(25)) {
            self.capacity = capacity
            self.gracePeriod = gracePeriod
        }
    }

    /// A third of a lease: two renewals may fail before it runs out.
    private static let heartbeat: Duration = .seconds(3)
    /// How long the loop sleeps at most, whatever the due queue says.
    private static let longestSleep: Duration = .seconds(5)
    private static let largestClaim = 64

    let ledger: any Ledger
    let executor: Executor
    private let runner: any ActionRunner
    private let options: Options
    private let now: @Sendable () -> Moment
    private let clock: any Clock<Duration>
    private let log: Logger
    private let running = RunningWork()
    /// Rings when something may be due.
    private let dueBell = Doorbell()
    /// Rings when something was handed over.
    private let workBell = Doorbell()
    private let handover = Mutex<[WorkOrder]>([])
    private let isStopping = Atomic<Bool>(false)
    private let fault = Mutex<String?>(nil)

    package init(
        ledger: any Ledger, runner: any ActionRunner, executor: Executor, options: Options = Options(),
        now: @escaping @Sendable () -> Moment, clock: any Clock<Duration> = ContinuousClock(), log: Logger
    ) {
        self.ledger = ledger
        self.runner = runner
        self.executor = executor
        self.options = options
        self.now = now
        self.clock = clock
        self.log = log
    }

    /// Why the engine cannot work at the moment, for the health check; nil when all is well.
    package var trouble: String? { fault.withLock { $0 } }

    /// The executor to claim with, as long as there is room for more work.
    var executorWithRoom: Executor? {
        isStopping.load(ordering: .relaxed) || running.count >= options.capacity ? nil : executor
    }

    /// Takes over work that a decision outside the loop has claimed for this engine.
    func take(_ orders: [WorkOrder]) {
        guard !orders.isEmpty else { return }
        handover.withLock { $0 += orders }
        workBell.ring()
    }

    /// Asks the engine to stop: it takes nothing new, lets running work end within the grace period, gives back the
    /// rest, and then `run` returns.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        dueBell.ring()
        workBell.ring()
    }

    /// Runs until `stop` is called or the task is cancelled.
    package func run() async {
        let changes = ledger.changes()
        await withDiscardingTaskGroup { helpers in
            helpers.addTask { for await _ in changes { self.dueBell.ring() } }
            helpers.addTask { await self.keepLeases() }
            helpers.addTask { await self.keepDeadlines() }
            await withDiscardingTaskGroup { work in
                async let claiming: Void = self.claimWork()
                while self.goesOn {
                    for order in self.handedOver() { self.spawn(order, in: &work) }
                    await self.workBell.wait()
                }
                await claiming
                await self.giveBackHandedOver()
                await self.waitForRunningWork()
                await self.giveBackHandedOver()
            }
            helpers.cancelAll()
        }
        try? await ledger.write { [executor] in try $0.unregister(executor.id) }
    }

    private var goesOn: Bool { !isStopping.load(ordering: .relaxed) && !Task.isCancelled }

    /// Claims what is due and hands it over, so that nothing that is ready waits for a look into the due queue.
    private func claimWork() async {
        while goesOn {
            if let pause = await claimOnce() { await dueBell.wait(atMost: pause, clock: clock) }
        }
    }

    /// - Returns: how long there is nothing to do unless the bell rings; nil where there may be more at once.
    private func claimOnce() async -> Duration? {
        let room = min(options.capacity - running.count, Self.largestClaim)
        guard room > 0 else { return Self.longestSleep }
        let circumstances = circumstances
        do {
            guard let due = try await ledger.read({ [executor] in try $0.nextDue(for: executor) }) else {
                return Self.longestSleep
            }
            guard due <= circumstances.now else {
                return min(Self.longestSleep, max(.milliseconds(1), due - now()))
            }
            let orders = try await ledger.write { try $0.claimWork(limit: room, circumstances) }
            setFault(nil)
            take(orders)
            return orders.isEmpty ? .milliseconds(1) : nil
        } catch {
            setFault("\(error)")
            try? await clock.sleep(for: .seconds(1))
            return nil
        }
    }

    private var circumstances: Circumstances {
        Circumstances(now: now(), chance: .random(in: 0...1), executor: executor)
    }

    private func handedOver() -> [WorkOrder] {
        handover.withLock { orders in
            defer { orders = [] }
            return orders
        }
    }

    private func setFault(_ new: String?) {
        let old = fault.withLock { fault in
            defer { fault = new }
            return fault
        }
        guard old != new else { return }
        if let new {
            log.error("the engine pauses: the store cannot be used", metadata: ["error": "\(new)"])
        } else {
            log.info("the engine goes on: the store works again")
        }
    }

    // MARK: Work

    private func spawn(_ order: WorkOrder, in group: inout DiscardingTaskGroup) {
        let ticket = running.begin(order.claim, deadline: order.claim.kind == .attempt ? order.step.deadline : nil)
        group.addTask {
            let next = await self.work(order, ticket)
            // Handing everything over keeps one place where work starts, so that none starts twice here. Before the
            // end, so that whoever stops and waits for running work finds what is left to give back.
            self.take(next)
            self.running.end(ticket)
            // Whoever claims may have found no room.
            if self.running.count >= self.options.capacity - Self.largestClaim { self.dueBell.ring() }
        }
    }

    private enum Ending {
        case outcome(Outcome)
        case stopped
    }

    private func work(_ order: WorkOrder, _ ticket: RunningWork.Ticket) async -> [WorkOrder] {
        for predecessor in ticket.predecessors {
            for await _ in predecessor {}
        }
        guard !running.isStopped(ticket), !Task.isCancelled else {
            await giveBack(order)
            return []
        }
        let ending = await withTaskGroup(of: Ending?.self) { group in
            group.addTask { .outcome(await self.runner.run(order)) }
            group.addTask {
                for await why in ticket.stopped where why == .timedOut {
                    let limit = GoDuration.text(order.definition.timeout)
                    return .outcome(.failed(Failure(.unknown, "timed out after \(limit)")))
                }
                return Task.isCancelled ? nil : .stopped
            }
            // The first answer counts; whatever else runs is cancelled and waited for, so that nothing of an
            // attempt goes on when its outcome is written down.
            var first: Ending?
            while first == nil, let answer = await group.next() { first = answer }
            group.cancelAll()
            return first ?? .stopped
        }
        switch ending {
        case .outcome(let outcome) where !Task.isCancelled:
            return await report(order, outcome)
        case .outcome, .stopped:
            // What a cancelled attempt says of itself is no outcome: whoever claims it next runs it again.
            await giveBack(order)
            return []
        }
    }

    /// Writes an outcome down, however long the store needs: it is the only copy.
    private func report(_ order: WorkOrder, _ outcome: Outcome) async -> [WorkOrder] {
        while true {
            var circumstances = circumstances
            circumstances.executor = executorWithRoom
            do {
                let final = circumstances
                let next = try await ledger.write { try $0.finish(order, outcome, final) }
                setFault(nil)
                return next
            } catch {
                setFault("\(error)")
                guard (try? await clock.sleep(for: .seconds(1))) != nil else { return [] }
            }
        }
    }

    private func giveBack(_ order: WorkOrder) async {
        let moment = now()
        try? await ledger.write { try $0.release(order.claim, at: moment) }
    }

    private func giveBackHandedOver() async {
        for order in handedOver() { await giveBack(order) }
    }

    private func waitForRunningWork() async {
        let step: Duration = .milliseconds(20)
        var waited: Duration = .zero
        while running.count > 0, waited < options.gracePeriod, !Task.isCancelled {
            try? await clock.sleep(for: step)
            waited += step
        }
        running.stopAll()
    }

    /// One timer for all attempts, most of which end long before their deadline.
    private func keepDeadlines() async {
        while !Task.isCancelled {
            let next = running.keepDeadlines(now())
            let limit = next.map { max(.milliseconds(1), $0 - now()) } ?? Self.longestSleep
            await running.deadlineBell.wait(atMost: limit, clock: clock)
        }
    }

    private func keepLeases() async {
        while !Task.isCancelled {
            let claims = running.claims
            let moment = now()
            let lease = Lease(owner: executor.id, until: moment + Circumstances.leaseLength)
            let lost = try? await ledger.write { [executor] transaction in
                try transaction.register(executor, at: moment)
                return try transaction.renew(claims, lease: lease)
            }
            running.stop(lost ?? [])
            guard (try? await clock.sleep(for: Self.heartbeat)) != nil else { return }
        }
    }
}
