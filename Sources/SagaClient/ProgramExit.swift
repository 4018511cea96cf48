/// How the programs tell whoever started them how it ended.
package enum ProgramExit: Int32, Hashable, Sendable, CaseIterable {
    case ok = 0
    /// The saga or a check failed, an operation was refused, or there is no such saga.
    case failed = 1
    /// Bad usage, configuration or definition, or a known key with other content.
    case misuse = 2
    /// The receiver or the store could not be reached, or did not let us in.
    case unreachable = 3
    /// The time to wait was over; the saga itself goes on.
    case timedOut = 4
}

/// What the programs call themselves.
package enum Program {
    package static let version = "0.1.0"
}
