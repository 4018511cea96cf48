import SagaCore

/// What came in, and whether any saga has waited for it.
struct SignalTable {
    let signals: [ListedSignal]

    var html: HTML {
        Table(
            caption: "Signals, newest first",
            columns: [.plain("When"), .plain("By"), .wide("About"), .plain("Said"), .plain("Waited for")],
            rows: signals.map { row($0.stored, $0.isMatched) }
        ).html
    }

    private func row(_ stored: StoredSignal, _ matched: Bool) -> [HTML] {
        [
            Dashboard.time(stored.receivedAt), "\(stored.source)",
            HTML.link(to: stored.signal.url ?? "", Self.title(stored.signal)), "\(stored.signal.status)",
            StatusBadge.badge(matched ? "by a saga" : "by none", matched ? .good : .idle),
        ]
    }

    private static func title(_ signal: Signal) -> String {
        if let image = signal.image { return "image \(image)" }
        let pipeline =
            signal.repo + (signal.number.map { " #\($0)" } ?? signal.commit.map { " at \($0.prefix(10))" } ?? "")
        let part = [signal.workflow.map { "workflow \($0)" }, signal.step.map { "step \($0)" }].compactMap { $0 }
        return part.isEmpty ? pipeline : pipeline + ", " + part.joined(separator: ", ")
    }
}
