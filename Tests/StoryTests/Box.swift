import Synchronization

/// Carries a value out of a closure.
final class Box: Sendable {
    private let value = Mutex("")
    func set(_ new: String) { value.withLock { $0 = new } }
    func get() -> String { value.withLock { $0 } }
}
