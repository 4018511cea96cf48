import SagaCore

/// When each step's attempts and waits ran, as bars over the saga's time.
struct Timeline {
    private enum Kind {
        /// An executor works on it.
        case attempt
        /// The outside world is awaited.
        case wait
        /// Nothing happens until the next attempt.
        case pause
    }

    private struct Bar {
        var kind: Kind
        var start: Moment
        var end: Moment
        var look: StatusBadge.Look
        var title: String
    }

    private let saga: Saga
    private let rows: [(step: String, bars: [Bar])]
    private let start: Moment
    private let end: Moment

    private static let nameWidth = 190
    private static let barsWidth = 900
    private static let rowHeight = 26
    private static let axisHeight = 28

    init(_ view: SagaView) {
        saga = view.saga
        start = view.saga.createdAt
        end = max(view.saga.completedAt ?? view.now, view.saga.createdAt + .milliseconds(1))
        let steps = view.json["steps"]?.arrayValue ?? []
        let now = end
        rows = zip(view.saga.definition.steps, zip(view.saga.steps, steps)).compactMap { definition, step in
            let bars = (step.1["attempts"]?.arrayValue ?? []).compactMap { Self.bar($0, definition, now: now) }
            let isBetween = step.0.nextAttemptAt != nil
            return bars.isEmpty
                ? nil : (definition.name, Self.pauses(between: bars, until: isBetween ? now : nil) + bars)
        }
    }

    private static func pauses(between bars: [Bar], until now: Moment?) -> [Bar] {
        let starts = bars.dropFirst().map(\.start) + (now.map { [$0] } ?? [])
        return zip(bars, starts).filter { $0.end < $1 }.map { bar, start in
            let length = GoDuration.text(start - bar.end)
            return Bar(
                kind: .pause, start: bar.end, end: start, look: .idle,
                title: "between attempts: \(length), from \(bar.end.clock)Z")
        }
    }

    private static func bar(_ attempt: JSONValue, _ definition: StepDefinition, now: Moment) -> Bar? {
        guard let start = attempt["started_at"]?.stringValue.flatMap({ Moment(rfc3339: $0) }) else { return nil }
        let end = attempt["finished_at"]?.stringValue.flatMap { Moment(rfc3339: $0) } ?? now
        let status = attempt["status"]?.stringValue ?? ""
        let isUndo = definition.role == .compensation
        let look: StatusBadge.Look =
            switch status {
            case "completed": isUndo ? .undone : .good
            case "failed": .bad
            case "running": isUndo ? .undoing : .busy
            default: .idle
            }
        let number = attempt["number"]?.intValue ?? 1
        let length = GoDuration.text(max(end - start, .zero))
        // Whoever works on an attempt is named with it; nobody works on a wait.
        let kind: Kind = attempt["executor"]?.stringValue == nil ? .wait : .attempt
        let words = kind == .wait && status == "running" ? "waiting" : kind == .wait ? "\(status) after a wait" : status
        return Bar(
            kind: kind, start: start, end: end, look: look,
            title: "\(definition.name), attempt \(number): \(words), \(length), from \(start.clock)Z")
    }

    var html: HTML {
        guard !rows.isEmpty else { return "<p class=\"quiet\">Nothing has run yet.</p>" }
        let width = Self.nameWidth + Self.barsWidth + 20
        let height = Self.axisHeight + rows.count * Self.rowHeight + 8
        return """
            <div class="drawing" tabindex="0" role="region" aria-label="Timeline of attempts and waits">\
            <svg class="timeline" xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="group" aria-label="Attempts and waits of each step over time">
            \(axis(height))\(rows.enumerated().map { row($0.offset, $0.element.step, $0.element.bars) })
            </svg></div>
            <p class="quiet">A high bar is an attempt that an executor runs, a low one with a broken edge a wait for what \
            is outside, a line the pause before another attempt.</p>
            """
    }

    private func axis(_ height: Int) -> HTML {
        let length = end - start
        let ticks: [HTML] = (0...4).map { tick in
            let x = Self.nameWidth + Self.barsWidth * tick / 4
            let text = tick == 0 ? start.clock + "Z" : "+" + Self.short(length * tick / 4)
            let anchor = tick == 0 ? "start" : tick == 4 ? "end" : "middle"
            return """
                <line class="grid" x1="\(x)" y1="22" x2="\(x)" y2="\(height - 4)"/>\
                <text class="small" x="\(x)" y="15" text-anchor="\(anchor)">\(text)</text>
                """
        }
        return "\(ticks)"
    }

    private func row(_ index: Int, _ step: String, _ bars: [Bar]) -> HTML {
        let y = Self.axisHeight + index * Self.rowHeight
        let drawn: [HTML] = bars.map { bar in
            let from = x(bar.start)
            let width = max(3, x(bar.end) - from)
            let shape: HTML
            switch bar.kind {
            case .attempt:
                shape = "<rect class=\"box\" x=\"\(from)\" y=\"\(y + 3)\" width=\"\(width)\" height=\"18\" rx=\"3\"/>"
            case .wait:
                shape =
                    "<rect class=\"box wait\" x=\"\(from)\" y=\"\(y + 7)\" width=\"\(width)\" height=\"10\" rx=\"3\"/>"
            case .pause:
                shape = "<rect class=\"pause\" x=\"\(from)\" y=\"\(y + 11)\" width=\"\(width)\" height=\"2\"/>"
            }
            return "<g class=\"\(bar.look.rawValue)\" role=\"img\"><title>\(bar.title)</title>\(shape)</g>"
        }
        return """
            <a href="#step-\(step)"><text x="10" y="\(y + 17)"><title>\(step)</title>\
            \(GraphDrawing.short(step, 24))</text></a>\(drawn)
            """
    }

    private func x(_ moment: Moment) -> Int {
        let length = max(1, (end - start).inMilliseconds)
        let share = Double(min(max((moment - start).inMilliseconds, 0), length)) / Double(length)
        return Self.nameWidth + Int(share * Double(Self.barsWidth))
    }

    /// To three places of what matters.
    private static func short(_ duration: Duration) -> String {
        let milliseconds = duration.inMilliseconds
        let rounded = milliseconds > 10_000 ? milliseconds / 1000 * 1000 : milliseconds
        return GoDuration.text(.milliseconds(rounded))
    }
}
