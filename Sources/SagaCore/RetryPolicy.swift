/// How the waiting time grows from one attempt to the next.
package enum BackoffType: String, Hashable, Sendable, CaseIterable {
    case none
    case linear
    case exponential
}

/// How often a step is tried, and how long it waits in between.
package struct RetryPolicy: Hashable, Sendable {
    /// Counts the first try; at least 1.
    package var maxAttempts: Int
    package var backoffType: BackoffType
    package var initialDelay: Duration
    package var maxDelay: Duration
    /// The largest share by which chance may shorten a delay, 0 to 1.
    package var jitter: Double

    package static let standard = RetryPolicy()

    package init(
        maxAttempts: Int = 3, backoffType: BackoffType = .exponential, initialDelay: Duration = .seconds(5),
        maxDelay: Duration = .seconds(60), jitter: Double = 0
    ) {
        self.maxAttempts = maxAttempts
        self.backoffType = backoffType
        self.initialDelay = initialDelay
        self.maxDelay = maxDelay
        self.jitter = jitter
    }

    /// The wait between attempt `number` (from 1) and the next one.
    ///
    /// `chance` is a number from 0 to 1 that the caller draws; it shrinks the delay by up to the share `jitter`,
    /// so the cap holds for every draw.
    package func delay(after number: Int, chance: Double = 0) -> Duration {
        let initial = max(0, initialDelay.inMilliseconds)
        let cap = max(0, maxDelay.inMilliseconds)
        let n = Int64(max(1, number))
        let raw: Int64
        switch backoffType {
        case .none:
            return .zero
        case .linear:
            let (product, overflow) = initial.multipliedReportingOverflow(by: n)
            raw = overflow ? cap : product
        case .exponential:
            raw = n - 1 >= initial.leadingZeroBitCount - 1 ? (initial == 0 ? 0 : cap) : initial << (n - 1)
        }
        let capped = min(raw, cap)
        let share = min(max(jitter, 0), 1) * min(max(chance, 0), 1)
        return .milliseconds(capped - Int64((Double(capped) * share).rounded(.down)))
    }
}
