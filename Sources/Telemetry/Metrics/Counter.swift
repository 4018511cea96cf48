import Synchronization

/// A family of counters, one for each combination of label values.
package final class Counter: Sendable {
    private let name: String
    private let help: String
    private let labels: [String]
    private let counts: Mutex<[[String]: UInt64]>

    package init(_ name: String, _ help: String, labels: [String] = []) {
        self.name = name
        self.help = help
        self.labels = labels
        counts = Mutex(labels.isEmpty ? [[]: 0] : [:])
    }

    /// - Parameter values: in the order of the labels. Adding 0 shows a counter before anything was counted, since
    ///   Prometheus takes no notice of how a counter came to its first value.
    package func add(_ count: UInt64 = 1, _ values: String...) {
        counts.withLock { $0[values, default: 0] &+= count }
    }

    package func write(to exposition: inout Exposition) {
        let counts = counts.withLock { $0 }
        guard !counts.isEmpty else { return }
        exposition.begin(.counter, name, help)
        for (values, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            exposition.sample(name, Array(zip(labels, values)).map { ($0, $1) }, Double(count))
        }
    }
}
