package import SagaCore

/// Keeps callers away from a host that does not work: a state machine without a clock of its own.
package struct CircuitBreaker: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// Everything passes. Moves to `open` after `failuresToOpen` failures in a row.
        case closed
        /// Nothing passes. Moves to `halfOpen` by the first caller after `openFor`.
        case open
        /// One probe is under way. Moves to `closed` or `open` by its result.
        case halfOpen = "half-open"
    }

    package enum Admission: Hashable, Sendable {
        case go
        /// Not now; worth asking again at that moment.
        case deferred(until: Moment)
    }

    package struct Policy: Hashable, Sendable {
        package var failuresToOpen = 5
        package var openFor = Duration.seconds(30)
        /// A probe that has not reported by then counts as vanished, and the next caller becomes the probe.
        package var probePatience = Duration.seconds(30)
        /// How soon others may ask again while a probe is under way.
        package var recheck = Duration.seconds(1)

        package init() {}
    }

    package private(set) var state = State.closed
    /// Failures in a row.
    package private(set) var failures = 0
    /// When it opened last; nil while closed.
    package private(set) var openedAt: Moment?
    /// When the next probe may go; nil while closed.
    package private(set) var nextProbeAt: Moment?
    private let policy: Policy

    package init(policy: Policy = Policy()) {
        self.policy = policy
    }

    /// Whether a request may go now. A `go` in an open circuit makes the caller the probe.
    package mutating func admit(_ now: Moment) -> Admission {
        switch state {
        case .closed:
            return .go
        case .open, .halfOpen:
            if let nextProbeAt, now < nextProbeAt {
                return .deferred(until: state == .open ? nextProbeAt : min(nextProbeAt, now + policy.recheck))
            }
            state = .halfOpen
            nextProbeAt = now + policy.probePatience
            return .go
        }
    }

    /// The result of an admitted request. In an open circuit it is a latecomer's and changes nothing.
    package mutating func record(success: Bool, _ now: Moment) {
        switch state {
        case .closed:
            failures = success ? 0 : failures + 1
            if failures >= policy.failuresToOpen { open(now) }
        case .halfOpen:
            if success {
                self = CircuitBreaker(policy: policy)
            } else {
                failures += 1
                open(now)
            }
        case .open:
            break
        }
    }

    /// An admitted request that ended without telling anything about the host: the next caller may probe.
    package mutating func release(_ now: Moment) {
        if state == .halfOpen { nextProbeAt = now }
    }

    private mutating func open(_ now: Moment) {
        state = .open
        openedAt = now
        nextProbeAt = now + policy.openFor
    }
}
