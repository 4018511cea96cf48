import SagaCore

/// How many calls a server may get: `rate` a second over time, `burst` at once.
struct TokenBucket: Hashable, Sendable {
    let rate: Double
    let burst: Double
    private var tokens: Double
    private var filledAt: Moment
    /// The last place in line that was given to somebody who could not go now.
    private var lastInLine: Moment

    init(rate: Double, burst: Int, now: Moment) {
        self.rate = rate
        self.burst = Double(burst)
        tokens = Double(burst)
        filledAt = now
        lastInLine = now
    }

    /// Nil where the call may be made; else when it is worth asking again. Those who ask meanwhile come after.
    mutating func take(_ now: Moment) -> Moment? {
        let passed = Double(max(0, (now - filledAt).inMilliseconds)) / 1000
        tokens = min(burst, tokens + passed * rate)
        filledAt = max(filledAt, now)
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        let distance = Duration.milliseconds(Int64((1000 / rate).rounded(.up)))
        lastInLine = max(lastInLine, now) + distance
        return lastInLine
    }
}
