import SagaCore
import TestSupport

/// Holds decisions to the tables of legal moves, and remembers which of those were made, over many simulations.
struct Moves {
    private var sagas = StatusMoves(SagaStatus.moves, passing: [.running, .compensating])
    private var steps = StatusMoves(StepStatus.moves, passing: [.pending])

    /// - Parameter operation: the name of the operation that was decided about; nil for any other event.
    /// - Returns: what is wrong with the decision; nil for a legal one.
    mutating func see(_ before: Saga, _ after: Saga, by operation: String?) -> String? {
        if let wrong = sagas.see(before.status, after.status, by: operation) { return "\(before.id) \(wrong)" }
        for (old, new) in zip(before.steps, after.steps) {
            if let wrong = steps.see(old.status, new.status, by: operation) {
                return "\(old.name) of \(before.id) \(wrong)"
            }
        }
        return nil
    }

    var neverSeen: [String] {
        sagas.neverSeen.map { "saga " + $0 } + steps.neverSeen.map { "step " + $0 }
    }
}
