import SagaCore
import Synchronization

/// Time that passes when a test says so.
final class Clock: Sendable {
    private let moment = Mutex(House.now)

    var now: Moment { moment.withLock { $0 } }

    func pass(_ length: Duration) {
        moment.withLock { $0 = $0 + length }
    }
}
