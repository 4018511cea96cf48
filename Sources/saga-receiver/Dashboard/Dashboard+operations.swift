import HTTPTypes
import Hummingbird
import SagaCore
import SagaEngine

extension Dashboard {
    var operationRoutes: [Route] {
        let places =
            OperationButtons.sagaOperations.map { (name: $0, path: "/sagas/{id}/\($0)") }
            + OperationButtons.stepOperations.map { (name: $0, path: "/sagas/{id}/steps/{step}/\($0)") }
        return places.flatMap { name, path in
            [
                page(.get, path, needs: .operate) { try await confirmation(name, $0, $1) },
                page(.post, path, needs: .operate) { try await operate(name, $0, $1) },
            ]
        }
    }

    /// Says what will happen, and asks why.
    private func confirmation(_ name: String, _ call: Call, _ visitor: Visitor) async throws -> Response {
        let saga = try await api.view(call[parameter: "id"]).saga
        let step = call.parameters["step"]
        if let step, saga.step(step) == nil { throw Refusal.noSuchStep(step) }
        guard saga.allowedOperations.contains(name) else {
            throw Refusal.notAllowed(operation: name, status: saga.status.rawValue, allowed: saga.allowedOperations)
        }
        return confirmation(name, saga, step, visitor, error: nil)
    }

    private func confirmation(
        _ name: String, _ saga: Saga, _ step: String?, _ visitor: Visitor, error: ProblemDetails?
    ) -> Response {
        let text = OperationText(name)
        let what = step.map { "step \($0) of \(saga.name)" } ?? saga.name
        let path = "/sagas/\(saga.id)" + (step.map { "/steps/\($0)" } ?? "") + "/\(name)"
        let back = "/sagas/\(saga.id)" + (step.map { "#step-\($0)" } ?? "")
        let alert: HTML? = error.map { "<p class=\"alert\" role=\"alert\">\(sentence($0.detail))</p>" }
        return Page(title: "\(text.title): \(what)", status: error?.status ?? .ok, visitor: visitor) {
            """
            <nav aria-label="Path"><a href="/">Sagas</a> / <a href="/sagas/\(saga.id)">\(saga.name)</a></nav>
            <h1>\(text.title): \(what)</h1>\(alert)
            <form method="post" action="\(path)" class="card narrow">
            <p>\(text.consequence(saga, step: step))</p>
            <p>Saga <code>\(saga.id)</code> is \(StatusBadge.of(saga)).</p>
            \(visitor.formField(sessions))\(fields(name, saga))
            <button class="primary">\(text.button(ofStep: step != nil))</button> <a href="\(back)">Leave it as it is</a>
            </form>
            """
        }.response(sessions)
    }

    private func fields(_ name: String, _ saga: Saga) -> HTML {
        let output: HTML =
            name == "complete"
            ? """
            <label for="output">Output, as JSON</label>
            <textarea id="output" name="output" class="code" rows="4">{}</textarea>
            """ : ""
        let force: HTML =
            name == "retry" && saga.retryCount >= saga.definition.maxRetries
            ? """
            <label class="check"><input type="checkbox" name="force" value="true" required> Retry it although it was \
            retried \(saga.retryCount) times</label>
            """ : ""
        guard name != "delete" else { return output }
        let isNeeded = name == "kill"
        return """
            \(output)\(force)<label for="reason">Why\(isNeeded ? "" : " (optional)")</label>
            <textarea id="reason" name="reason" rows="2" maxlength="2000"\(isNeeded ? " required" : "")></textarea>
            <p class="quiet">It stands in the journal, with your name.</p>
            """
    }

    /// Does what the API does, and shows the saga; or says on the same page why not.
    private func operate(_ name: String, _ call: Call, _ visitor: Visitor) async throws -> Response {
        let form = try await checkedForm(call, visitor)
        let id = call[parameter: "id"]
        let step = call.parameters["step"]
        do {
            if name == "delete" {
                _ = try await api.delete(call)
                return Self.redirect(to: "/")
            }
            let operation = Operation(
                name, step: step ?? "", force: form["force"] == "true", output: try Self.output(form["output"]))
            guard let operation else { throw ProblemDetails.notFound("there is no operation '\(name)'") }
            _ = try await api.operate(operation, call, reason: form["reason"])
        } catch {
            guard let problem = ProblemDetails(error), problem.status != .notFound,
                let saga = try await api.sagas.saga(id)
            else { throw error }
            return confirmation(name, saga, step, visitor, error: problem)
        }
        return Self.redirect(to: "/sagas/\(id)" + (step.map { "#step-\($0)" } ?? ""))
    }

    private static func output(_ text: String?) throws -> JSONValue {
        guard let text else { return [:] }
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw ProblemDetails.badRequest("the output is no JSON: \(error)")
        }
    }
}
