import SagaCore

/// A status as a word with a sign and a colour: the colour alone says nothing that the others do not.
enum StatusBadge {
    enum Look: String {
        case idle, busy, good, bad, undoing, undone

        var sign: String {
            switch self {
            case .idle: "○"
            case .busy: "▶"
            case .good: "✓"
            case .bad: "✕"
            case .undoing: "↶"
            case .undone: "↩"
            }
        }
    }

    static func look(_ status: SagaStatus) -> Look {
        switch status {
        case .pending: .idle
        case .running: .busy
        case .completed: .good
        case .failed, .compensationFailed: .bad
        case .compensating: .undoing
        case .compensated: .undone
        }
    }

    static func look(_ step: Step, _ role: StepDefinition.Role) -> Look { look(step.status, role) }

    static func look(_ status: StepStatus, _ role: StepDefinition.Role) -> Look {
        switch status {
        case .pending, .skipped: .idle
        case .running: role == .forward ? .busy : .undoing
        case .completed: role == .forward ? .good : .undone
        case .failed: .bad
        }
    }

    static func of(_ status: SagaStatus) -> HTML { badge(status.rawValue, look(status)) }

    static func of(_ saga: Saga) -> HTML {
        saga.isPaused ? "\(of(saga.status)) \(paused)" : of(saga.status)
    }

    static let paused: HTML = "<span class=\"badge idle\"><i aria-hidden=\"true\">‖</i> paused</span>"

    static func of(_ status: StepStatus, _ role: StepDefinition.Role) -> HTML {
        badge(status.rawValue, look(status, role))
    }

    static func of(_ step: Step, _ role: StepDefinition.Role) -> HTML {
        badge(words(step), look(step, role))
    }

    static func words(_ step: Step) -> String {
        step.wait == nil ? step.status.rawValue : "waiting"
    }

    static func badge(_ word: String, _ look: Look) -> HTML {
        """
        <span class="badge \(look.rawValue)"><i aria-hidden="true">\(look.sign)</i> \
        \(word.replacing("_", with: " "))</span>
        """
    }
}
