/// The table: one line a figure, printed as soon as it is known.
struct Report {
    struct Line {
        var title: String
        var figure: String
        /// Empty where the line is there to explain another one.
        var aim = ""
        /// Nil where there is no aim.
        var isMet: Bool?
    }

    private var lines: [Line] = []

    private static let widths = (title: 62, figure: 24, aim: 14)

    func printHead() {
        print(Self.row("what", "figure", "aim", "met"))
        print(String(repeating: "-", count: 106))
    }

    mutating func add(_ line: Line) {
        lines.append(line)
        print(Self.row(line.title, line.figure, line.aim, line.isMet.map { $0 ? "yes" : "NO" } ?? ""))
    }

    var isMet: Bool { lines.allSatisfy { $0.isMet != false } }

    var summary: String {
        let aims = lines.compactMap(\.isMet)
        return "\(aims.count { $0 }) of \(aims.count) aims met"
    }

    private static func row(_ title: String, _ figure: String, _ aim: String, _ met: String) -> String {
        let cells = [pad(title, widths.title), pad(figure, widths.figure), pad(aim, widths.aim), met]
        return String(cells.joined(separator: " ").reversed().drop { $0 == " " }.reversed())
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension Double {
    /// With so many digits after the point.
    func shown(_ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((self * scale).rounded())
        guard digits > 0 else { return "\(whole)" }
        let factor = Int64(scale)
        let fraction = String(abs(whole % factor))
        let sign = whole < 0 && whole / factor == 0 ? "-" : ""
        return "\(sign)\(whole / factor)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
