import SagaCore

/// What happened, newest first.
struct JournalTable {
    let entries: [StoredEntry]

    /// A page has to be read; all of it is in the API.
    private static let most = 500

    var html: HTML {
        let left: HTML =
            entries.count > Self.most
            ? "<p class=\"quiet\">The newest \(Self.most) of \(entries.count) entries; the API has them all.</p>" : ""
        let table = Table(
            caption: "Journal, newest first",
            columns: [.plain("When"), .plain("What"), .plain("Step"), .plain("Who"), .wide("Why, and more")],
            rows: entries.suffix(Self.most).reversed().map(row))
        return table.html + left
    }

    private func row(_ stored: StoredEntry) -> [HTML] {
        let entry = stored.entry
        let reason: HTML? = entry.reason.map { "<b>\($0)</b> " }
        let more: HTML? = (entry.data.objectValue?.isEmpty ?? true) ? nil : data(stored)
        let step: HTML? = entry.step.map { "<a href=\"#step-\($0)\">\($0)</a>" }
        return [
            Dashboard.time(stored.at), "\(entry.kind.rawValue.replacing("_", with: " "))", "\(step)",
            "\(entry.actor ?? "")", "\(reason)\(more)",
        ]
    }

    private func data(_ stored: StoredEntry) -> HTML {
        let about = stored.entry.kind.rawValue.replacing("_", with: " ")
        let title: HTML =
            stored.entry.data["error"]?.stringValue.map { "\($0)" }
            ?? "more<span class=\"visually-hidden\"> of \(about)\(stored.entry.step.map { " \($0)" } ?? "")</span>"
        return """
            <details id="entry-\(stored.id)"><summary>\(title)</summary>\(HTML.json(stored.entry.data))</details>
            """
    }
}
