/// Columns of text, as wide as their widest cell.
package struct TextTable {
    package var header: [String]
    package var rows: [[String]] = []

    package init(_ header: String...) {
        self.header = header
    }

    package init(header: [String]) {
        self.header = header
    }

    /// One line a row, the header first; `paint` may wrap a cell that is already as wide as it will be.
    package func lines(paint: (_ column: Int, _ cell: String) -> String = { $1 }) -> [String] {
        let all = [header] + rows.map { $0.map(SagaText.printable) }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.enumerated().map { number, row in
            let cells = row.indices.map { column -> String in
                let isLast = column == row.count - 1
                let padded = isLast ? row[column] : Self.padded(row[column], to: widths[column])
                return number == 0 ? padded : paint(column, padded)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    package static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
