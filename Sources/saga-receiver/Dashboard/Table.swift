/// Rows under headings. Where the screen is too narrow for columns, each cell says what it is.
struct Table {
    struct Column {
        var title: String
        var look = ""

        /// Takes the room that the others leave, for sentences.
        static func wide(_ title: String) -> Column { Column(title: title, look: "wide") }
        static func plain(_ title: String) -> Column { Column(title: title) }
    }

    /// For those who hear the page.
    var caption: String
    var columns: [Column]
    var rows: [[HTML]]

    var html: HTML {
        let heads: [HTML] = columns.map { "<th scope=\"col\"\(Self.look($0))>\($0.title)</th>" }
        let body: [HTML] = rows.map { cells in
            let row: [HTML] = zip(columns, cells).map { column, cell in
                cell == .empty
                    ? "<td class=\"none\"></td>" : "<td data-label=\"\(column.title)\"\(Self.look(column))>\(cell)</td>"
            }
            return "<tr>\(row)</tr>\n"
        }
        return """
            <table><caption class="visually-hidden">\(caption)</caption><thead><tr>\(heads)</tr></thead>
            <tbody>\(body)</tbody></table>
            """
    }

    private static func look(_ column: Column) -> HTML { column.look.isEmpty ? "" : " class=\"\(column.look)\"" }
}
