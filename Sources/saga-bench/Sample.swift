/// Measured values, of which shares are asked for.
struct Sample {
    private let sorted: [Double]

    init(_ values: [Double]) {
        sorted = values.sorted()
    }

    /// The smallest value that is not below that share of all values (nearest rank); 0 where there is none.
    func quantile(_ share: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return rank < 1 ? sorted[0] : rank > sorted.count ? last : sorted[rank - 1]
    }

    var median: Double { quantile(0.5) }
    var largest: Double { sorted.last ?? 0 }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    var milliseconds: Double { seconds * 1000 }
}
