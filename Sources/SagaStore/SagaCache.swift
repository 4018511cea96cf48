import SagaCore
import Synchronization

/// The sagas that the writer touched last, so that a decision need not read them again.
///
/// Only the writer's transactions use it, which SQLite runs one after another. It is emptied when another process
/// wrote and when anything was rolled back, so it never holds what is not committed.
final class SagaCache: Sendable {
    private struct State {
        var sagas: [String: (saga: Saga, version: Int64)] = [:]
        var dataVersion: Int64?
    }

    private static let capacity = 256

    private let state = Mutex(State())

    subscript(_ id: String) -> (saga: Saga, version: Int64)? {
        get { state.withLock { $0.sagas[id] } }
        set {
            state.withLock { state in
                // Forgetting all is rare, cheap, and needs no bookkeeping on the way.
                if state.sagas.count >= Self.capacity, state.sagas[id] == nil {
                    state.sagas.removeAll(keepingCapacity: true)
                }
                state.sagas[id] = newValue
            }
        }
    }

    func empty() {
        state.withLock { $0.sagas.removeAll(keepingCapacity: true) }
    }

    /// Takes SQLite's `data_version`, which changes when another connection has committed.
    func note(dataVersion: Int64) {
        state.withLock { state in
            if state.dataVersion != dataVersion { state.sagas.removeAll(keepingCapacity: true) }
            state.dataVersion = dataVersion
        }
    }
}
