extension Saga {
    /// What templates outside a step may speak of.
    package var context: TemplateContext {
        TemplateContext(vars: vars, sagaID: id, sagaName: name, ci: origin.ci)
    }

    /// What the templates of a step may speak of.
    package func context(
        of step: Step, secret: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> TemplateContext {
        TemplateContext(
            vars: vars, outputs: outputs, sagaID: id, sagaName: name, stepName: step.name, attempt: step.attempt,
            idempotencyKey: idempotencyKey(of: step), ci: origin.ci, secret: secret)
    }
}
