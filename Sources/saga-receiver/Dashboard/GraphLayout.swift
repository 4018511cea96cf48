import SagaCore

/// Where the steps of a definition are drawn: in columns, each step right of all it depends on, its undo below it.
struct GraphLayout: Equatable {
    struct Box: Equatable {
        var name: String
        var x: Int
        var y: Int
    }

    /// A line from a step to one that depends on it, around the columns between them.
    struct Edge: Equatable {
        var from: String
        var to: String
        var points: [Point]
    }

    struct Point: Equatable {
        var x: Int
        var y: Int
    }

    private(set) var steps: [Box] = []
    private(set) var undos: [Box] = []
    private(set) var edges: [Edge] = []
    /// False where there are too many dependencies to be told apart.
    private(set) var isComplete = true
    private(set) var width = 0
    private(set) var height = 0

    static let boxWidth = 196
    static let boxHeight = 46
    static let undoHeight = 34
    private static let undoGap = 14
    private static let columnGap = 56
    private static let rowGap = 26
    private static let laneHeight = 14
    private static let margin = 16
    /// Places in columns that lines pass through; beyond that, no drawing helps.
    private static let mostLanes = 1500

    /// What takes a place in a column.
    private enum Place {
        case step(StepDefinition)
        /// A line from a step to one further right.
        case lane(from: String, to: String)

        var name: String {
            switch self {
            case .step(let step): step.name
            case .lane(let from, _): from
            }
        }
    }

    init(_ definition: Definition) {
        let forward = definition.steps.filter { $0.role == .forward }
        let columns = Self.columns(forward)
        var places = [[Place]](repeating: [], count: (columns.values.max() ?? -1) + 1)
        for step in forward { places[columns[step.name] ?? 0].append(.step(step)) }
        let long = forward.flatMap { step in
            step.dependsOn.map { (from: $0, to: step.name, start: columns[$0] ?? 0, end: columns[step.name] ?? 0) }
        }.filter { $0.end - $0.start > 1 }
        isComplete = long.reduce(0) { $0 + $1.end - $1.start - 1 } <= Self.mostLanes
        for line in isComplete ? long : [] {
            for column in line.start + 1..<line.end { places[column].append(.lane(from: line.from, to: line.to)) }
        }
        let lanes = arrange(places)
        for step in forward {
            for name in step.dependsOn {
                let isLong = (columns[step.name] ?? 0) - (columns[name] ?? 0) > 1
                guard isComplete || !isLong else { continue }
                draw(name, step.name, lanes["\(name)/\(step.name)"] ?? [])
            }
        }
        width += Self.margin
        height += Self.margin
    }

    /// The length of the longest way to each step.
    static func columns(_ steps: [StepDefinition]) -> [String: Int] {
        var columns: [String: Int] = [:]
        var open = steps
        while !open.isEmpty {
            let ready = open.filter { step in step.dependsOn.allSatisfy { columns[$0] != nil } }
            // A definition has no cycles; if it had, this would still end.
            guard !ready.isEmpty else { break }
            let found = ready.map { step in (step.name, (step.dependsOn.compactMap { columns[$0] }.max() ?? -1) + 1) }
            for (name, column) in found { columns[name] = column }
            open.removeAll { columns[$0.name] != nil }
        }
        return columns
    }

    /// Gives every place its coordinates, near those it comes from.
    ///
    /// - Returns: the points through which long lines pass.
    private mutating func arrange(_ columns: [[Place]]) -> [String: [Point]] {
        var lanes: [String: [Point]] = [:]
        var rows: [String: Int] = [:]
        for (column, places) in columns.enumerated() {
            let x = Self.margin + column * (Self.boxWidth + Self.columnGap)
            width = max(width, x + Self.boxWidth)
            var y = Self.margin
            let sorted = places.enumerated().map { index, place in
                (place, Self.wish(place, rows), index)
            }.sorted { ($0.1, $0.2) < ($1.1, $1.2) }
            for (place, _, _) in sorted {
                switch place {
                case .lane(let from, let to):
                    let middle = y + Self.laneHeight / 2
                    lanes["\(from)/\(to)", default: []] += [
                        Point(x: x, y: middle), Point(x: x + Self.boxWidth, y: middle),
                    ]
                    rows["\(from)/\(to)"] = middle
                    y += Self.laneHeight + Self.rowGap
                case .step(let step):
                    steps.append(Box(name: step.name, x: x, y: y))
                    rows[step.name] = y + Self.boxHeight / 2
                    y += Self.boxHeight
                    if let undo = step.compensate {
                        undos.append(Box(name: undo, x: x, y: y + Self.undoGap))
                        y += Self.undoGap + Self.undoHeight
                    }
                    y += Self.rowGap
                }
            }
            height = max(height, y - Self.rowGap)
        }
        return lanes
    }

    /// The mean height of what a place is connected with in the columns before.
    private static func wish(_ place: Place, _ rows: [String: Int]) -> Int {
        switch place {
        case .lane(let from, let to): return rows["\(from)/\(to)"] ?? rows[from] ?? 0
        case .step(let step):
            let known = step.dependsOn.compactMap { rows["\($0)/\(step.name)"] ?? rows[$0] }
            return known.isEmpty ? 0 : known.reduce(0, +) / known.count
        }
    }

    private mutating func draw(_ from: String, _ to: String, _ lanes: [Point]) {
        guard let start = steps.first(where: { $0.name == from }), let end = steps.first(where: { $0.name == to })
        else { return }
        let middle = Self.boxHeight / 2
        edges.append(
            Edge(
                from: from, to: to,
                points: [Point(x: start.x + Self.boxWidth, y: start.y + middle)] + lanes
                    + [Point(x: end.x, y: end.y + middle)]))
    }
}
