import Synchronization

/// Somebody's wish that this process stops. Heard while a saga is followed, so that its work is given back.
final class Stop: Sendable {
    private let listener = Mutex<AsyncStream<Void>.Continuation?>(nil)

    /// The wishes from now on.
    func requests() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        listener.withLock { $0 = continuation }
        return stream
    }

    /// Whether somebody heard it: the first wish while a saga is followed is, a second one is not.
    func ring() -> Bool {
        let listener = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        listener?.yield()
        return listener != nil
    }
}
