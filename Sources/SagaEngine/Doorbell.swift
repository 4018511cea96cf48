import Synchronization

/// Wakes one waiting task. A ring that comes before the wait is kept; several of them count as one.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var visitor: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let visitor = state.withLock { state in
            state.isRung = state.visitor == nil
            defer { state.visitor = nil }
            return state.visitor
        }
        visitor?.resume()
    }

    /// Returns at the next ring, or when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isRung || Task.isCancelled {
                        state.isRung = false
                        return true
                    }
                    state.visitor = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let visitor = state.withLock { state in
                defer { state.visitor = nil }
                return state.visitor
            }
            visitor?.resume()
        }
    }

    /// Returns at the next ring, or after a time.
    func wait(atMost limit: Duration, clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
