import SagaCore

/// The text as it was given: finds the place of a template inside a string, where that can be told.
struct SourceLines {
    private let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        var lines: [[Unicode.Scalar]] = [[]]
        for scalar in text.unicodeScalars {
            if scalar == "\n" { lines.append([]) } else { lines[lines.count - 1].append(scalar) }
        }
        self.lines = lines
    }

    /// Compares the string with the source once, so that each template in it is then found at no cost.
    func places(in text: String, at start: Located.Place) -> StringPlaces {
        let scalars = Array(text.unicodeScalars)
        var places = StringPlaces(start: start)
        if let line = line(start.line) {
            for quote in [0, 1] where start.column - 1 + quote <= line.count {
                let same = zip(line[(start.column - 1 + quote)...], scalars).prefix { $0 == $1 }.count
                if same > places.same { (places.same, places.quote) = (same, quote) }
            }
        }
        // A block (`|`): its lines stand one by one below its mark, all indented alike.
        for part in scalars.split(separator: "\n", omittingEmptySubsequences: false) {
            let below = line(start.line + 1 + places.block.count) ?? []
            let indent = below.prefix { $0 == " " }.count - part.prefix { $0 == " " }.count
            let isThere = indent >= 0 && below.dropFirst(indent).starts(with: part)
            places.block.append((part.startIndex, isThere ? indent : nil))
        }
        return places
    }

    private func line(_ number: Int) -> [Unicode.Scalar]? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }
}

/// Where the characters of one string stand in the source.
struct StringPlaces {
    fileprivate let start: Located.Place
    /// How many of the string's characters stand unchanged from its start on, behind this many quotes.
    fileprivate var same = 0
    fileprivate var quote = 0
    /// For each line of the string its first character, and its indentation where it stands in a block.
    fileprivate var block: [(first: Int, indent: Int?)] = []

    fileprivate init(start: Located.Place) {
        self.start = start
    }

    /// The place of the character `offset` of the string; the string's own where it was folded or escaped.
    func place(of offset: Int) -> Located.Place {
        if offset < same { return Located.Place(line: start.line, column: start.column + quote + offset) }
        var (low, high) = (0, block.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if block[middle].first <= offset { low = middle } else { high = middle }
        }
        guard low < block.count, let indent = block[low].indent else { return start }
        return Located.Place(line: start.line + 1 + low, column: indent + offset - block[low].first + 1)
    }
}
