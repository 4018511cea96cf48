/// Why an attempt did not succeed, with the verdict on what may be done about it.
package struct Failure: Error, Hashable, Sendable {
    package enum Class: String, Hashable, Sendable, CaseIterable {
        /// It surely did not happen, and may work next time: connection refused, 408, 425, 429, 5xx, non-zero exit.
        case retryable
        /// Trying again cannot help: other 4xx, bad template, declined, rejected.
        case permanent
        /// It was sent and no answer came: it may have happened.
        case unknown
    }

    package var `class`: Class
    /// One sentence for people, free of secrets.
    package var message: String
    /// What the callee asked for with `Retry-After`.
    package var retryAfter: Duration?
    /// What there is of an output, kept for people to read.
    package var output: JSONValue?

    package init(_ class: Class, _ message: String, retryAfter: Duration? = nil, output: JSONValue? = nil) {
        self.class = `class`
        self.message = message
        self.retryAfter = retryAfter
        self.output = output
    }
}
