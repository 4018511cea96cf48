/// Which step comes after which: transitive dependencies, waves and circles.
struct StepGraph {
    private let dependencies: [[Int]]
    /// For each step every step that must come before it; nil on a circle and behind one.
    private(set) var before: [Set<Int>?]
    /// The longest way from a step without dependencies, 0 for those; nil on a circle and behind one.
    private(set) var wave: [Int?]

    init(_ dependencies: [[Int]]) {
        let count = dependencies.count
        self.dependencies = dependencies.map { Array(Set($0)).sorted() }
        before = Array(repeating: nil, count: count)
        wave = Array(repeating: nil, count: count)
        var open = self.dependencies.map(\.count)
        var dependants = Array(repeating: [Int](), count: count)
        for (step, list) in self.dependencies.enumerated() {
            for dependency in list { dependants[dependency].append(step) }
        }
        // As bits, since 500 steps may have tens of thousands of links.
        let none = Array(repeating: UInt64(0), count: (count + 63) / 64)
        var bits = Array(repeating: none, count: count)
        var ready = open.indices.filter { open[$0] == 0 }
        while let step = ready.popLast() {
            for dependency in self.dependencies[step] {
                for word in none.indices { bits[step][word] |= bits[dependency][word] }
                bits[step][dependency / 64] |= 1 << UInt64(dependency % 64)
            }
            before[step] = Set((0..<count).filter { bits[step][$0 / 64] & (1 << UInt64($0 % 64)) != 0 })
            wave[step] = self.dependencies[step].compactMap { wave[$0] }.max().map { $0 + 1 } ?? 0
            for dependant in dependants[step] {
                open[dependant] -= 1
                if open[dependant] == 0 { ready.append(dependant) }
            }
        }
    }

    /// One circle for each knot of steps, as the shortest way from its first step back to itself.
    var cycles: [[Int]] {
        let unsorted = dependencies.indices.filter { before[$0] == nil }
        let reach = Dictionary(uniqueKeysWithValues: unsorted.map { ($0, reached(from: $0)) })
        var cycles: [[Int]] = []
        var known: Set<Int> = []
        for start in unsorted where !known.contains(start) {
            guard let way = wayBack(to: start) else { continue }
            cycles.append(way)
            known.formUnion(unsorted.filter { reach[start]?[$0] == true && reach[$0]?[start] == true })
        }
        return cycles
    }

    private func reached(from start: Int) -> [Bool] {
        var seen = Array(repeating: false, count: dependencies.count)
        var open = [start]
        while let step = open.popLast() {
            for next in dependencies[step] where before[next] == nil && !seen[next] {
                seen[next] = true
                open.append(next)
            }
        }
        return seen
    }

    private func wayBack(to start: Int) -> [Int]? {
        var cameFrom: [Int: Int] = [:]
        var open = [start]
        while !open.isEmpty {
            var further: [Int] = []
            for step in open {
                for next in dependencies[step] where before[next] == nil {
                    if next == start {
                        var way = [step]
                        while let last = way.last, last != start, let earlier = cameFrom[last] { way.append(earlier) }
                        return way.reversed()
                    }
                    if cameFrom[next] == nil {
                        cameFrom[next] = step
                        further.append(next)
                    }
                }
            }
            open = further
        }
        return nil
    }
}
