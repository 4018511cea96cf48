package import SagaCore

/// The life of one piece of work: claimed, run elsewhere, finished.
extension LedgerTransaction {
    /// Takes what is ready: decides timers at once, and returns the attempts and reads that have to be run.
    package func claimWork(limit: Int, only saga: String? = nil, _ circumstances: Circumstances) throws -> [WorkOrder] {
        guard let executor = circumstances.executor, let lease = circumstances.lease else { return [] }
        var orders: [WorkOrder] = []
        for claim in try ready(for: executor, saga: saga, limit: limit, now: circumstances.now) {
            // A decision begins everything that its saga owes: what follows in the list may be claimed by now.
            let isClaimed = orders.contains { $0.claim.saga == claim.saga && $0.claim.step == claim.step }
            guard !isClaimed, let saga = try self.saga(claim.saga) else { continue }
            do {
                switch claim.kind {
                case .attempt:
                    orders += try apply(.begin(step: claim.step, executor: executor.id), to: saga, circumstances)
                case .cancel:
                    orders += [order(for: try take(claim, lease: lease), in: saga)].compactMap { $0 }
                case .read:
                    guard var order = order(for: try take(claim, lease: lease), in: saga) else { continue }
                    let keys = order.step.wait?.keys ?? []
                    order.signals = try signals(for: keys).filter { order.step.wait?.accepts($0.signal) == true }
                    orders.append(order)
                case .wake:
                    orders += try apply(.wake(step: claim.step), to: saga, circumstances)
                case .timeout:
                    orders += try apply(.timeout(step: claim.step), to: saga, circumstances)
                case .deadline:
                    orders += try apply(.deadline, to: saga, circumstances)
                }
            } catch is Refusal {
                // The agenda says it is due and the core says it is not: look again later rather than spin.
                try release(claim, at: lease.until)
            }
        }
        return orders
    }

    /// Feeds an outcome back. A result whose claim is lost is kept in the journal and changes nothing.
    ///
    /// - Returns: what this executor is to do next, claimed by the same decision.
    package func finish(
        _ order: WorkOrder, _ outcome: Outcome, _ circumstances: Circumstances
    ) throws -> [WorkOrder] {
        guard let saga = try saga(order.claim.saga) else { return [] }
        do {
            guard try holds(order.claim) else { throw Refusal.stale("its claim was lost") }
            let event: Event =
                order.claim.kind == .cancel
                ? .cancelEnded(step: order.claim.step, outcome: outcome)
                : .finish(step: order.claim.step, attempt: order.step.attempt, outcome: outcome)
            return try apply(event, to: saga, circumstances)
        } catch let refusal as Refusal {
            // A read is a question and may be asked again, like a cancel; only what an attempt did is worth keeping.
            guard order.claim.kind == .attempt else { return [] }
            try append(
                JournalEntry(
                    .lateResult, step: order.claim.step,
                    data: .object(compacting: [
                        "attempt": .int(Int64(order.step.attempt)),
                        "generation": .int(Int64(order.step.generation)), "why": .string(refusal.message),
                        "result": outcome.summary,
                    ])), to: saga.id, at: circumstances.now)
            return []
        }
    }

    /// Stores a delivery and wakes the steps that wait for what it says, in one transaction.
    ///
    /// - Returns: nil where the same delivery, or the same fact, was stored before.
    package func deliver(_ delivery: InboxDelivery, _ circumstances: Circumstances) throws -> DeliveryReceipt? {
        guard let stored = try insert(delivery, at: circumstances.now) else { return nil }
        var receipt = DeliveryReceipt(signals: stored.map(\.id), matched: [])
        for signal in stored {
            for (id, name) in try waits(for: signal.signal.keys) {
                guard let saga = try saga(id), saga.step(name)?.wait?.accepts(signal.signal) == true else { continue }
                try markMatched(signal.id)
                try apply(.signalled(step: name), to: saga, circumstances)
                receipt.matched.append(.init(saga: id, step: name))
            }
        }
        return receipt
    }
}

/// What became of a delivery.
package struct DeliveryReceipt: Hashable, Sendable {
    package struct Match: Hashable, Sendable {
        package var saga: String
        package var step: String
    }

    /// The ids under which its signals were stored.
    package var signals: [Int64]
    /// The steps that waited for them.
    package var matched: [Match]
}

extension Outcome {
    /// What the journal keeps of a result that came too late.
    var summary: JSONValue {
        switch self {
        case .succeeded(let output): ["succeeded": output]
        case .failed(let failure): ["failed": .string(failure.message), "class": .string(failure.class.rawValue)]
        case .waits(let wait): ["waits": .string(wait.title)]
        case .postponed(let until, let reason):
            ["postponed": .string(until.description), "why": .string(reason)]
        }
    }
}
