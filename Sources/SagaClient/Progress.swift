package import SagaCore

/// Turns journal entries into the lines of the step's log: time, step, status, duration, attempt, and what is worth
/// knowing beside it.
package struct Progress {
    private let width: Int
    private var startedAt: [String: Moment] = [:]

    /// - Parameter steps: the names that may come up, so that the columns line up.
    package init(steps: [String]) {
        width = (steps + [Self.sagaLabel]).map(\.count).max() ?? 0
    }

    private static let sagaLabel = "(saga)"

    /// Nil for an entry that is no change of a status.
    package mutating func line(_ entry: JSONValue) -> String? {
        guard let at = SagaText.moment(entry, "at"), let word = entry["kind"]?.stringValue else { return nil }
        let step = entry["step"]?.stringValue
        let data = entry["data"] ?? .null
        guard let kind = JournalEntry.Kind(rawValue: word) else {
            return line(at, step, word, nil, nil, Self.why(entry))
        }
        if [.stepStarted, .sagaCreated, .retried].contains(kind) { startedAt[step ?? ""] = at }
        let duration = startedAt[step ?? ""].map { at - $0 }
        let attempt = data["attempt"]?.intValue
        let error = data["error"]?.stringValue
        switch kind {
        case .sagaCreated: return line(at, nil, "created", nil, nil, Self.why(entry))
        case .sagaStarted: return line(at, nil, "running", nil, nil, nil)
        case .sagaCompleted: return line(at, nil, "completed", duration, nil, nil)
        case .sagaFailed: return line(at, nil, "failed", duration, nil, error)
        case .sagaCompensated: return line(at, nil, "compensated", duration, nil, nil)
        case .sagaCompensationFailed: return line(at, nil, "compensation_failed", duration, nil, error)
        case .rollbackDecided: return line(at, nil, "ending", nil, nil, error)
        case .compensationStarted: return line(at, nil, "compensating", nil, nil, Self.why(entry))
        case .stepStarted:
            let isUndo = data["role"]?.stringValue == StepDefinition.Role.compensation.rawValue
            return line(at, step, "running", nil, 1, isUndo ? "undo" : nil)
        case .stepWaiting: return line(at, step, "waiting", nil, nil, data["for"]?.stringValue)
        case .stepCompleted: return line(at, step, "completed", duration, attempt, Self.why(entry))
        case .stepFailed: return line(at, step, "failed", duration, attempt, error)
        case .stepSkipped: return line(at, step, "skipped", nil, nil, data["why"]?.stringValue ?? Self.why(entry))
        case .stepCancelled: return line(at, step, "cancelled", duration, attempt, nil)
        case .attemptFailed:
            let next = SagaText.moment(data, "next_attempt_at").map { "; next attempt at \($0.clock)" } ?? ""
            return line(at, step, "retrying", duration, attempt, (error ?? "") + next)
        case .attemptPostponed: return line(at, step, "postponed", nil, nil, data["why"]?.stringValue)
        case .attemptTakenOver: return line(at, step, "taken over", nil, attempt, nil)
        case .lateResult: return nil
        case .circuitChanged:
            return line(at, step, "circuit", nil, nil, "\(data["host"]?.text ?? ""): \(data["to"]?.text ?? "")")
        case .pipelineCancelOwed: return line(at, step, "cancelling", nil, nil, data["pipeline"]?.stringValue)
        case .pipelineCancelled: return line(at, step, "cancelled", nil, nil, data["result"]?.stringValue)
        case .pipelineCancelFailed: return line(at, step, "not cancelled", nil, nil, error)
        case .pipelineRestarted:
            return line(
                at, step, "restarted", nil, nil, "as pipeline \(data["number"]?.text ?? "") \(Self.why(entry) ?? "")")
        case .retried, .cancelled, .killed, .compensated, .paused, .resumed, .deleted, .varsChanged:
            return line(at, nil, word.replacing("_", with: " "), nil, nil, Self.why(entry))
        }
    }

    private func line(
        _ at: Moment, _ step: String?, _ status: String, _ duration: Duration?, _ attempt: Int64?, _ remark: String?
    ) -> String {
        var parts = [
            at.clock, TextTable.padded(step ?? Self.sagaLabel, to: width), TextTable.padded(status, to: 12),
            TextTable.padded(duration.map(SagaText.short) ?? "-", to: 8), attempt.map { "attempt \($0)" } ?? "-",
        ]
        if let remark, !remark.isEmpty { parts.append(SagaText.oneLine(remark)) }
        return String(parts.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }

    private static func why(_ entry: JSONValue) -> String? {
        guard let actor = entry["actor"]?.stringValue else { return nil }
        return "by \(actor)" + (entry["reason"]?.stringValue.map { ": \($0)" } ?? "")
    }
}
