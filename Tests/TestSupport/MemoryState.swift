import SagaCore

/// The tables of the store in memory.
struct MemoryState: Sendable {
    struct Key: Hashable {
        var saga: String
        var step: String
        var kind: Due.Kind
    }

    struct Row {
        var needs: String
        var readyAt: Moment
        var owner: String?
        var epoch: Int64
    }

    struct Kept {
        var saga: Saga
        var text: String
        var version: Int64
        var changedAt: Int
    }

    var sagas: [String: Kept] = [:]
    /// Each saga before and after a decision since somebody looked; nil where nobody is going to.
    var decided: [(before: Saga, after: Saga)]?
    /// Counts the writes of sagas.
    var writes = 0
    var keys: [String: String] = [:]
    var due: [Key: Row] = [:]
    var signals: [StoredSignal] = []
    var deliveries: Set<String> = []
    var matched: Set<Int64> = []
    var journal: [StoredEntry] = []
    var executors: [String: (Executor, Moment)] = [:]
}
