import SagaCore

/// Tells pages that something in the store has changed, so that they read themselves anew.
struct ChangeStream: EventSource {
    /// A page shows the newest state anyway.
    static let spacing: Duration = .seconds(1)

    mutating func news() -> String? { "data: changed\n\n" }
}
