/// What somebody probably meant to type.
enum NearMiss {
    static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let near = candidates.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }
            .filter { $0.1 > 0 && $0.1 <= max(1, min(3, word.utf8.count / 4)) }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// Insertions, deletions, changes and swaps of neighbours.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                let isSwap = i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j]
                if isSwap { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[right.count]
    }
}
