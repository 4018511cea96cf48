/// The one place where a test lets time pass.
package enum Pause {
    /// For a driver of faults: when a process is killed, for how long it is stopped and how slowly a server answers
    /// are the test's input, not a way of waiting for something, so no event could take their place.
    package static func forChaos(_ duration: Duration) async {
        try? await ContinuousClock().sleep(for: duration)
    }

    /// Looks again and again until a condition holds, for what other processes do without telling.
    ///
    /// - Returns: whether it came to hold within the limit.
    package static func until(_ limit: Duration, _ condition: () async throws -> Bool) async rethrows -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, !Task.isCancelled {
            if try await condition() { return true }
            await forChaos(.milliseconds(50))
        }
        return try await condition()
    }
}
