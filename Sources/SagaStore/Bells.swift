import Synchronization

/// Wakes everybody who waits for a change. A ring that finds another one unheard is merged with it.
final class Bells: Sendable {
    private let listeners = Mutex<[Int: AsyncStream<Void>.Continuation]>([:])
    private let next = Atomic<Int>(0)

    func stream() -> AsyncStream<Void> {
        let id = next.add(1, ordering: .relaxed).newValue
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            listeners.withLock { $0[id] = continuation }
            continuation.onTermination = { [weak self] _ in
                _ = self?.listeners.withLock { $0.removeValue(forKey: id) }
            }
        }
    }

    func ring() {
        for listener in listeners.withLock({ Array($0.values) }) { listener.yield() }
    }

    func close() {
        for listener in listeners.withLock({ Array($0.values) }) { listener.finish() }
    }
}
