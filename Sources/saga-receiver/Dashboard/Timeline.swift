import SagaCore

/// When each step's attempts and waits ran, as bars over the saga's time.
struct Timeline {
    private struct Bar {
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
    private static let barsWidth = 760
    private static let rowHeight = 26
    private static let axisHeight = 28

    init(_ view: SagaView) {
        saga = view.saga
        start = view.saga.createdAt
        end = max(view.saga.completedAt ?? view.now, view.saga.createdAt + .milliseconds(1))
        let steps = view.json["steps"]?.arrayValue ?? []
        let now = end
        rows = zip(view.saga.definition.steps, steps).compactMap { definition, step in
            let bars = (step["attempts"]?.arrayValue ?? []).compactMap { Self.bar($0, definition, now: now) }
            return bars.isEmpty ? nil : (definition.name, bars)
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
        let length = GoDuration.print(max(end - start, .zero))
        return Bar(
            start: start, end: end, look: look,
            title: "\(definition.name), attempt \(number): \(status), \(length), from \(start.clock)Z")
    }

    var html: HTML {
        guard !rows.isEmpty else { return "<p class=\"quiet\">Nothing has run yet.</p>" }
        let width = Self.nameWidth + Self.barsWidth + 20
        let height = Self.axisHeight + rows.count * Self.rowHeight + 8
        return """
            <div class="drawing" tabindex="0" role="region" aria-label="Timeline of the attempts">\
            <svg class="timeline" xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="group" aria-label="Attempts and waits of each step over time">
            \(axis(height))\(rows.enumerated().map { row($0.offset, $0.element.step, $0.element.bars) })
            </svg></div>
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
            return """
                <g class="\(bar.look.rawValue)" role="img"><title>\(bar.title)</title><rect class="box" x="\(from)" \
                y="\(y + 3)" width="\(max(3, x(bar.end) - from))" height="\(Self.rowHeight - 8)" rx="3"/></g>
                """
        }
        return """
            <text x="10" y="\(y + 17)"><title>\(step)</title>\(GraphDrawing.short(step, 24))</text>\(drawn)
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
        return GoDuration.print(.milliseconds(rounded))
    }
}
