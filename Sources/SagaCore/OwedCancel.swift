/// A pipeline that a `run_pipeline` step started, or may have started, that nobody waits for any more and that is
/// still to be cancelled: kept with the step from the decision that gave it up until Woodpecker took the cancel.
///
/// A saga goes neither back nor to its end while it owes one: undoing beside a pipeline that goes on would be a race.
package struct OwedCancel: Hashable, Sendable {
    package var since: Moment
    /// When it is tried, or tried again.
    package var due: Moment
    /// Counts the tries, from 1.
    package var attempt: Int
    /// Why the last try did not succeed.
    package var error: String?

    package init(since: Moment, due: Moment, attempt: Int = 1, error: String? = nil) {
        self.since = since
        self.due = due
        self.attempt = attempt
        self.error = error
    }

    /// For how long it is tried before the saga goes on without: a server that is down must not hold a rollback for
    /// ever.
    package static let patience: Duration = .seconds(300)

    static let policy = RetryPolicy(
        maxAttempts: .max, backoffType: .exponential, initialDelay: .seconds(1), maxDelay: .seconds(30), jitter: 0.2)

    package var json: JSONValue {
        .object(compacting: [
            "since": .int(since.milliseconds), "due": .int(due.milliseconds), "attempt": .int(Int64(attempt)),
            "error": error.map { .string($0) },
        ])
    }

    /// Reads what `json` writes; nil for anything else.
    package init?(json: JSONValue) {
        guard let since = json["since"]?.intValue, let due = json["due"]?.intValue else { return nil }
        self.init(
            since: Moment(milliseconds: since), due: Moment(milliseconds: due),
            attempt: Int(json["attempt"]?.intValue ?? 1), error: json["error"]?.stringValue)
    }
}
