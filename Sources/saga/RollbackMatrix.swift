import SagaClient
import SagaDefinitions

/// A row for each step that may fail, a column for each undo, and in the cell when it runs: `1` first.
struct RollbackMatrix {
    private let plan: Plan
    /// Wider than this no terminal shows it as a table; then each row lists its undos.
    private static let widest = 160

    init(_ plan: Plan) {
        self.plan = plan
    }

    var lines: [String] {
        let matrix = matrix
        return matrix.allSatisfy { $0.count <= Self.widest } ? matrix : list
    }

    private var matrix: [String] {
        var table = TextTable(header: ["IF IT FAILS"] + undos + ["THE SAGA IS"])
        table.rows = plan.rollback.map { row in
            [row.failed] + undos.map { undo in row.undo.firstIndex(of: undo).map { "\($0 + 1)" } ?? "-" } + [row.status]
        }
        return table.lines()
    }

    private var list: [String] {
        var table = TextTable("IF IT FAILS", "UNDO", "THE SAGA IS")
        table.rows = plan.rollback.map { [$0.failed, $0.undo.joined(separator: ", "), $0.status] }
        return table.lines()
    }

    /// In the order of the longest rollback, the undos that it has not last.
    private var undos: [String] {
        var undos: [String] = []
        for row in plan.rollback.sorted(by: { $0.undo.count > $1.undo.count }) {
            undos += row.undo.filter { !undos.contains($0) }
        }
        return undos
    }
}
