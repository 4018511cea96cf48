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
        return """
            <table class="journal"><caption class="visually-hidden">Journal, newest first</caption>
            <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Step</th>\
            <th scope="col">Who</th><th scope="col">Why, and more</th></tr></thead>
            <tbody>\(entries.suffix(Self.most).reversed().map(row))</tbody></table>\(left)
            """
    }

    private func row(_ stored: StoredEntry) -> HTML {
        let entry = stored.entry
        let reason: HTML? = entry.reason.map { "<b>\($0)</b> " }
        let more: HTML? = (entry.data.objectValue?.isEmpty ?? true) ? nil : data(stored)
        return """
            <tr><td>\(Dashboard.time(stored.at))</td><td>\(entry.kind.rawValue.replacing("_", with: " "))</td>\
            <td>\(entry.step ?? "")</td><td>\(entry.actor ?? "")</td><td>\(reason)\(more)</td></tr>
            """
    }

    private func data(_ stored: StoredEntry) -> HTML {
        """
        <details id="entry-\(stored.id)"><summary>\(stored.entry.data["error"]?.stringValue ?? "more")</summary>\
        <pre tabindex="0">\(stored.entry.data.prettyJSON)</pre></details>
        """
    }
}
