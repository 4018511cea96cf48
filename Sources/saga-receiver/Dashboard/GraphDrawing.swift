import SagaCore

/// The steps of a saga as a drawing, each a link to what is known of it.
struct GraphDrawing {
    let saga: Saga
    private let layout: GraphLayout

    init(_ saga: Saga) {
        self.saga = saga
        layout = GraphLayout(saga.definition)
    }

    var html: HTML {
        let left: HTML =
            layout.isComplete ? "" : "<p class=\"quiet\">Dependencies over several columns are not drawn.</p>"
        return """
            <div class="drawing" tabindex="0" role="region" aria-label="Graph of the steps">\
            <svg class="graph" xmlns="http://www.w3.org/2000/svg" width="\(layout.width)" height="\(layout.height)" \
            viewBox="0 0 \(layout.width) \(layout.height)" role="group" \
            aria-label="Steps of \(saga.name), each after those it depends on, with its undo below">
            \(layout.edges.map(edge))\(layout.undos.map(undoLine))\
            \(layout.steps.map { box($0, .forward) })\(layout.undos.map { box($0, .compensation) })
            </svg></div>\(left)
            """
    }

    private func edge(_ edge: GraphLayout.Edge) -> HTML {
        guard let first = edge.points.first, let last = edge.points.last else { return "" }
        var path = "M\(first.x) \(first.y)"
        for (from, to) in zip(edge.points, edge.points.dropFirst()) {
            let bend = (to.x - from.x) / 2
            path +=
                from.y == to.y
                ? " L\(to.x) \(to.y)" : " C\(from.x + bend) \(from.y) \(to.x - bend) \(to.y) \(to.x) \(to.y)"
        }
        return """
            <path class="edge" d="\(path)"/><path class="arrow" d="M\(last.x) \(last.y)l-8 -4v8z"/>
            """
    }

    private func undoLine(_ box: GraphLayout.Box) -> HTML {
        let x = box.x + GraphLayout.boxWidth / 2
        return "<line class=\"undo-line\" x1=\"\(x)\" y1=\"\(box.y)\" x2=\"\(x)\" y2=\"\(box.y - 14)\"/>"
    }

    /// A drawing within the drawing cuts off letters that are wider than most.
    private func box(_ box: GraphLayout.Box, _ role: StepDefinition.Role) -> HTML {
        guard let step = saga.step(box.name), let definition = saga.definition.step(box.name) else { return "" }
        let look = StatusBadge.look(step, role)
        let isUndo = role == .compensation
        let height = isUndo ? GraphLayout.undoHeight : GraphLayout.boxHeight
        let undone = saga.definition.steps.first { $0.compensate == step.name }?.name
        let words = StatusBadge.words(step)
        let role = undone.map { "undo of \($0), " } ?? ""
        let after = definition.dependsOn.isEmpty ? "" : ", after " + definition.dependsOn.joined(separator: ", ")
        let text: HTML =
            isUndo
            ? "<text x=\"10\" y=\"22\">\(look.sign) ↶ \(Self.short(step.name, 20))</text>"
            : """
            <text x="10" y="20">\(look.sign) \(Self.short(step.name, 23))</text>\
            <text class="small" x="10" y="37">\(definition.action.rawValue) · \(words)</text>
            """
        return """
            <a href="#step-\(step.name)" id="box-\(step.name)"><g class="\(isUndo ? "undo " : "")\(look.rawValue)">\
            <title>\(step.name): \(role)\(definition.action.rawValue), \(words)\(after)</title>\
            <rect class="box" x="\(box.x)" y="\(box.y)" width="\(GraphLayout.boxWidth)" height="\(height)" rx="7"/>\
            <svg x="\(box.x)" y="\(box.y)" width="\(GraphLayout.boxWidth - 6)" height="\(height)">\(text)</svg></g></a>
            """
    }

    static func short(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}
