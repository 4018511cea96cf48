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
        let allowed = OperationButtons.allowed(saga)
        guard allowed.contains(name) else {
            throw Refusal.notAllowed(operation: name, status: saga.status.rawValue, allowed: allowed)
        }
        return Confirmation(name: name, saga: saga, step: step).response(self, visitor)
    }

    /// Does what the API does, and shows the saga; or says on the same page why not.
    private func operate(_ name: String, _ call: Call, _ visitor: Visitor) async throws -> Response {
        let form = try await checkedForm(call, visitor)
        let id = call[parameter: "id"]
        let step = call.parameters["step"]
        do {
            if name == "delete" {
                _ = try await api.delete(call)
                return redirect(to: "/")
            }
            let operation: Operation? =
                name == "vars"
                ? .changeVars(try await changes(form["vars"], id))
                : Operation(
                    name, step: step ?? "", force: form["force"] == "true",
                    output: try Self.json(form["output"], "the output"))
            guard let operation else { throw ProblemDetails.notFound("there is no operation '\(name)'") }
            _ = try await api.operate(operation, call, reason: form["reason"])
        } catch {
            guard let problem = ProblemDetails(error), problem.status != .notFound,
                let saga = try await api.sagas.saga(id)
            else { throw error }
            return Confirmation(name: name, saga: saga, step: step, error: problem, sent: form)
                .response(self, visitor)
        }
        return redirect(to: "/sagas/\(id)" + (step.map { "#step-\($0)" } ?? ""))
    }

    /// What differs from the variables as they are: a variable that somebody left alone is not set again.
    private func changes(_ text: String?, _ id: String) async throws -> [String: JSONValue] {
        guard let vars = try Self.json(text, "the text").objectValue else {
            throw ProblemDetails.badRequest("the variables must be a JSON object, as in {\"version\": \"1.2.0\"}")
        }
        let now = try await api.sagas.saga(id)?.vars ?? [:]
        let changes = vars.filter { now[$0.key] != $0.value }
        guard !changes.isEmpty else { throw ProblemDetails.badRequest("no variable has another value than now") }
        return changes
    }

    private static func json(_ text: String?, _ what: String) throws -> JSONValue {
        guard let text else { return [:] }
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw ProblemDetails.badRequest("\(what) is no JSON: \(error)")
        }
    }
}
