import SagaCore

/// What came in last, and whether any saga has waited for it.
struct SignalTable {
    let signals: [ListedSignal]

    static let length = 50

    var html: HTML {
        guard !signals.isEmpty else { return "<p class=\"card\">None has come in yet.</p>" }
        let rows: [HTML] = signals.map { row($0.stored, $0.isMatched) }
        return """
            <p>The last \(Self.length) at most. A signal that no saga waits for is kept for one that may ask later.</p>
            <table class="list"><thead><tr><th scope="col">When</th><th scope="col">By</th><th scope="col">About</th>\
            <th scope="col">Said</th><th scope="col">Waited for</th></tr></thead><tbody>\(rows)</tbody></table>
            """
    }

    private func row(_ stored: StoredSignal, _ matched: Bool) -> HTML {
        let look: StatusBadge.Look = matched ? .good : .idle
        return """
            <tr><td>\(Dashboard.time(stored.receivedAt))</td><td>\(stored.source)</td>\
            <td>\(HTML.link(to: stored.signal.url ?? "", Self.title(stored.signal)))</td>\
            <td>\(stored.signal.status)</td><td><span class="badge \(look.rawValue)"><i aria-hidden="true">\
            \(look.sign)</i> \(matched ? "by a saga" : "by none")</span></td></tr>
            """
    }

    private static func title(_ signal: Signal) -> String {
        if let image = signal.image { return "image \(image)" }
        let pipeline =
            signal.repo + (signal.number.map { " #\($0)" } ?? signal.commit.map { " at \($0.prefix(10))" } ?? "")
        let part = [signal.workflow.map { "workflow \($0)" }, signal.step.map { "step \($0)" }].compactMap { $0 }
        return part.isEmpty ? pipeline : pipeline + ", " + part.joined(separator: ", ")
    }
}
