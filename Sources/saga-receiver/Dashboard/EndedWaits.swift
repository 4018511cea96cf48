import SagaCore

/// The waits that ended last, and who or what decided them.
struct EndedWaits {
    let entries: [(entry: StoredEntry, saga: Saga)]
    let links: Links

    static let length = 20
    /// How far back the journal is read for them.
    static let reach = 500

    /// The end of an attempt names its executor; that of a wait has only begun at some time.
    static func isEnd(_ entry: JournalEntry) -> Bool {
        (entry.kind == .stepCompleted || entry.kind == .stepFailed) && entry.data["executor"] == nil
            && entry.data["started_at"] != nil
    }

    var html: HTML {
        guard !entries.isEmpty else { return "<p class=\"card\">No wait has ended lately.</p>" }
        return Table(
            caption: "Waits that ended last, newest first",
            columns: [
                .plain("When"), .plain("Saga"), .plain("Step"), .wide("Waited for"), .plain("Ended"),
                .plain("Decided by"),
            ], rows: entries.map { row($0.entry, $0.saga) }
        ).html
    }

    private func row(_ stored: StoredEntry, _ saga: Saga) -> [HTML] {
        let entry = stored.entry
        let name = entry.step ?? ""
        let isGood = entry.kind == .stepCompleted
        let role = saga.definition.step(name)?.role ?? .forward
        // A step that was retried since tells of its newer wait.
        let step = saga.step(name).flatMap { step in
            step.generation == Int(entry.data["generation"]?.intValue ?? 1) && step.status.isTerminal ? step : nil
        }
        return [
            Dashboard.time(stored.at), "<a href=\"\(links.saga(saga.id))\">\(saga.name)</a>",
            "<a href=\"\(links.saga(saga.id, step: name))\">\(name)</a>",
            "\(step?.lastWait?.title ?? entry.data["error"]?.stringValue ?? "")",
            StatusBadge.of(isGood ? .completed : .failed, role), "\(Self.decider(entry, step))",
        ]
    }

    private static func decider(_ entry: JournalEntry, _ step: Step?) -> String {
        if let person = entry.actor { return person }
        if let source = step?.decidedBy { return source }
        if entry.data["error"]?.stringValue?.hasPrefix("timed out") == true { return "its timeout" }
        if case .sleep? = step?.lastWait?.subject { return "the clock" }
        return ""
    }
}

extension Step {
    /// The source that said how its wait ended, as the output of the step has it.
    var decidedBy: String? { output?["decided_by"]?.stringValue }
}
