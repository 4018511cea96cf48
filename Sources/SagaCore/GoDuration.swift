/// Durations as Woodpecker's users write them: Go's `time.ParseDuration` (`250ms`, `5s`, `1m30s`, `2h`, `1.5h`).
///
/// Nothing finer than a millisecond is kept, because every time here is stored in milliseconds.
package enum GoDuration {
    private static let units: [(name: String, milliseconds: Double)] = [
        ("ns", 0.000_001), ("us", 0.001), ("µs", 0.001), ("μs", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000),
        ("h", 3_600_000),
    ]

    /// Nil where the text is no duration, is negative, or is too long to count in milliseconds.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard let number = Double(digits), digits.first != nil else { return nil }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            guard let unit = units.first(where: { $0.name == name }) else { return nil }
            rest = rest.dropFirst(name.count)
            total += number * unit.milliseconds
        }
        guard total < 9e15 else { return nil }
        return .milliseconds(Int64(total.rounded()))
    }

    /// `90s` prints as `1m30s`, zero as `0s`: what `parse` reads, in the form Go prints.
    package static func text(_ duration: Duration) -> String {
        let all = max(0, duration.inMilliseconds)
        if all == 0 { return "0s" }
        if all < 1000 { return "\(all)ms" }
        let (hours, minutes, seconds, rest) = (all / 3_600_000, all / 60_000 % 60, all / 1000 % 60, all % 1000)
        var text = hours > 0 ? "\(hours)h" : ""
        if minutes > 0 { text += "\(minutes)m" }
        if seconds > 0 || rest > 0 {
            var fraction = rest == 0 ? "" : String(String(1000 + rest).dropFirst())
            while fraction.hasSuffix("0") { fraction.removeLast() }
            text += "\(seconds)" + (fraction.isEmpty ? "" : "." + fraction) + "s"
        }
        return text
    }
}
