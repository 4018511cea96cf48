import Synchronization

/// A family of histograms with fixed buckets, one for each combination of label values.
package final class Histogram: Sendable {
    private struct Series {
        /// One more than there are bounds: the last is for what is beyond all of them. Not yet summed up.
        var counts: [UInt64]
        var sum = 0.0

        init(buckets: Int) {
            counts = Array(repeating: 0, count: buckets)
        }

        mutating func add(_ value: Double, to bucket: Int) {
            counts[bucket] &+= 1
            sum += value
        }
    }

    private let name: String
    private let help: String
    private let labels: [String]
    private let bounds: [Double]
    private let series: Mutex<[[String]: Series]>

    /// - Parameter bounds: the largest value of each bucket, rising; what is beyond goes into one more.
    package init(_ name: String, _ help: String, labels: [String] = [], bounds: [Double]) {
        self.name = name
        self.help = help
        self.labels = labels
        self.bounds = bounds
        series = Mutex(labels.isEmpty ? [[]: Series(buckets: bounds.count + 1)] : [:])
    }

    /// - Parameter values: in the order of the labels.
    package func observe(_ value: Double, _ values: String...) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        series.withLock { $0[values, default: Series(buckets: bounds.count + 1)].add(value, to: bucket) }
    }

    package func write(to exposition: inout Exposition) {
        let series = series.withLock { $0 }
        guard !series.isEmpty else { return }
        exposition.begin(.histogram, name, help)
        for (values, one) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let labels = Array(zip(labels, values)).map { (name: $0, value: $1) }
            var total: UInt64 = 0
            for (index, count) in one.counts.enumerated() {
                total += count
                let bound = index < bounds.count ? bounds[index] : .infinity
                exposition.sample("\(name)_bucket", labels + [("le", Exposition.number(bound))], Double(total))
            }
            exposition.sample("\(name)_sum", labels, one.sum)
            exposition.sample("\(name)_count", labels, Double(total))
        }
    }
}
