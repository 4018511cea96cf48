import Synchronization

/// Keeps the number of different values of a label small, where users choose them: each is a series of its own, kept
/// here and in Prometheus for good.
package final class NameCap: Sendable {
    /// What counts for all names that come too late.
    package static let other = "other"

    private let limit: Int
    private let known = Mutex<Set<String>>([])

    package init(limit: Int) {
        self.limit = limit
    }

    /// The name itself for the first ones, `other` for the rest.
    ///
    /// - Parameter first: called with a name that was not known before.
    package func value(of name: String, first: (String) -> Void = { _ in }) -> String {
        let (value, isNew) = known.withLock { known -> (String, Bool) in
            if known.contains(name) { return (name, false) }
            let value = known.count < limit ? name : Self.other
            return (value, known.count <= limit && known.insert(value).inserted)
        }
        if isNew { first(value) }
        return value
    }
}
