package import SagaCore

/// All that a process counts of its own work. Counters begin at 0 with each start, as Prometheus expects.
package final class SagaMetrics: Sendable {
    /// What becomes of a signal that was offered.
    package enum SignalResult: String, Sendable, CaseIterable {
        /// Stored, and a step waited for it.
        case matched
        /// Stored, and nobody waited for it yet.
        case stored
        case seenBefore = "seen_before"
        /// Authentic, and of no interest here.
        case ignored
        /// Bad signature, or unreadable.
        case rejected
    }

    /// Beyond that many names of sagas, the rest counts as `other`.
    static let nameLimit = 100
    private static let ownPart = " Each process counts what it decided itself: add up over all that use the store."

    private let now: @Sendable () -> Moment
    private let names = NameCap(limit: nameLimit)
    private let sagas = Counter(
        "saga_total",
        "Sagas that reached a status. Names beyond the first \(nameLimit) count as 'other'." + ownPart,
        labels: ["name", "status"])
    private let durations = Histogram(
        "saga_duration_seconds", "From the creation of a saga until it ended with that status." + ownPart,
        labels: ["name", "status"],
        bounds: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400])
    private let steps = Histogram(
        "saga_step_duration_seconds",
        "From the start of a step until it ended, waits and retries included." + ownPart,
        labels: ["action", "status"],
        bounds: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400])
    private let retries = Counter(
        "saga_step_retries_total", "Attempts that failed and that another one follows." + ownPart, labels: ["action"])
    private let signals = Counter(
        "saga_signals_total",
        "Signals that came in: matched a step that waited, stored for one to come, seen before, ignored, or rejected.",
        labels: ["source", "result"])
    private let latency = Histogram(
        "saga_signal_to_step_seconds",
        "From the storing of a signal until the start of a step that depends on the one that waited for it was "
            + "committed, the read of Woodpecker's API included." + ownPart,
        bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
    private let commits = Histogram(
        "saga_store_commit_seconds", "One transaction of the store, from its begin until it was synced to the disk.",
        bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5])
    private let batches = Histogram(
        "saga_store_batch_size", "Decisions that shared one transaction of the store.",
        bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256])

    /// - Parameter sources: those of which signals may come, so that their counters are there from the start.
    package init(sources: [String], now: @escaping @Sendable () -> Moment) {
        self.now = now
        for source in sources {
            for result in SignalResult.allCases { signals.add(0, source, result.rawValue) }
        }
        for action in ActionKind.allCases { retries.add(0, action.rawValue) }
    }

    /// For `MeasuredLedger`.
    package func observe(_ changes: [LedgerChange]) {
        for change in changes {
            switch change {
            case .reached(let name, let status):
                sagas.add(1, value(of: name), status.rawValue)
            case .ended(let name, let status, let length):
                durations.observe(length.inSeconds, value(of: name), status.rawValue)
            case .stepEnded(let action, let status, let length):
                steps.observe(length.inSeconds, action.rawValue, status.rawValue)
            case .retried(let action):
                retries.add(1, action.rawValue)
            case .wentOn(let moment):
                latency.observe((now() - moment).inSeconds)
            case .signals(let source, let matched):
                signal(from: source, matched ? .matched : .stored)
            case .seenBefore(let source):
                signal(from: source, .seenBefore)
            }
        }
    }

    /// - Parameter source: of a fixed list, never as a caller gave it.
    package func signal(from source: String, _ result: SignalResult) {
        signals.add(1, source, result.rawValue)
    }

    package func committed(_ decisions: Int, in duration: Duration) {
        commits.observe(duration.inSeconds)
        batches.observe(Double(decisions))
    }

    package func write(to exposition: inout Exposition) {
        sagas.write(to: &exposition)
        durations.write(to: &exposition)
        steps.write(to: &exposition)
        retries.write(to: &exposition)
        signals.write(to: &exposition)
        latency.write(to: &exposition)
        commits.write(to: &exposition)
        batches.write(to: &exposition)
    }

    /// Shows every status of a new name at 0, so that its first failure is an increase.
    private func value(of name: String) -> String {
        names.value(of: name) { [sagas] name in
            for status in SagaStatus.allCases { sagas.add(0, name, status.rawValue) }
        }
    }
}

extension Duration {
    /// Not below 0: the wall clock may have been set back.
    fileprivate var inSeconds: Double { max(0, self / .seconds(1)) }
}
