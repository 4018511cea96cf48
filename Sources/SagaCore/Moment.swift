/// A point on the wall clock: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The only kind of time that is stored. Waiting uses a `Clock`; the core gets its `Moment` as an argument.
package struct Moment: Hashable, Comparable, Sendable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Moment, right: Moment) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Saturates instead of overflowing, so that an absurd duration means "never", not a crash.
    package static func + (left: Moment, right: Duration) -> Moment {
        let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.inMilliseconds)
        return Moment(milliseconds: overflow ? (right < .zero ? .min : .max) : sum)
    }

    package static func - (left: Moment, right: Moment) -> Duration {
        let (difference, overflow) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
        return .milliseconds(overflow ? (left < right ? .min : .max) : difference)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero and saturated.
    package var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
