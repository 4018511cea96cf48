import Hummingbird
import Logging
import SagaCore
import SagaEngine

extension API {
    var operationRoutes: [Route] {
        let ofSaga = ["retry", "cancel", "kill", "compensate", "pause", "resume"].map { name in
            Route(.post, "/api/v1/sagas/{id}/\(name)", .scope(.operate), .ofSaga(name)) {
                try await operate(named: name, $0)
            }
        }
        let ofStep = ["skip", "complete", "fail", "approve", "reject"].map { name in
            Route(.post, "/api/v1/sagas/{id}/steps/{step}/\(name)", .scope(.operate), .ofStep(name)) {
                try await operate(named: name, $0)
            }
        }
        return ofSaga + ofStep
    }

    /// - Returns: the saga as it is afterwards.
    func operate(_ operation: Operation, _ call: Call, reason: String?) async throws -> Response {
        let id = call[parameter: "id"]
        let actor = Actor(call.caller.name, reason: reason.flatMap { $0.isEmpty ? nil : $0 })
        let changed: Saga?
        do {
            changed = try await sagas.operate(operation, on: id, by: actor)
        } catch let refusal as Refusal {
            throw try await problem(refusal, id)
        }
        guard let saga = changed else { throw ProblemDetails.noSaga(id) }
        log.info(
            "operation",
            metadata: [
                "saga_id": "\(id)", "saga_name": "\(saga.name)", "operation": "\(operation.name)",
                "actor": "\(actor.name)",
            ].merging(operation.step.map { ["step_name": "\($0)"] } ?? [:]) { $1 })
        return .json(try await view(id).json)
    }

    /// A conflict names the saga's status and what is allowed in it, whatever it is about.
    private func problem(_ refusal: Refusal, _ id: String) async throws -> ProblemDetails {
        var problem = ProblemDetails(refusal)
        guard problem.status == .conflict, let saga = try await sagas.saga(id) else { return problem }
        problem.members["saga_status"] = .string(saga.status.rawValue)
        problem.members["paused"] = .bool(saga.isPaused)
        problem.members["allowed"] = .array(saga.allowedOperations.map { .string($0) })
        return problem
    }

    private func operate(named name: String, _ call: Call) async throws -> Response {
        var members = try await Members(call)
        let reason = members.text("reason")
        let comment = members.text("comment")
        let force = members.flag("force")
        let output = members.value("output") ?? [:]
        try members.check()
        guard let operation = Operation(name, step: call[parameter: "step"], force: force, output: output) else {
            throw ProblemDetails.notFound("there is no operation '\(name)'")
        }
        return try await operate(operation, call, reason: reason ?? comment)
    }
}

extension Operation {
    /// By the last part of its path.
    init?(_ name: String, step: String, force: Bool, output: JSONValue) {
        switch name {
        case "retry": self = .retry(force: force)
        case "cancel": self = .cancel
        case "kill": self = .kill
        case "compensate": self = .compensate
        case "pause": self = .pause
        case "resume": self = .resume
        case "skip": self = .skip(step: step)
        case "complete": self = .complete(step: step, output: output)
        case "fail": self = .fail(step: step)
        case "approve": self = .approve(step: step)
        case "reject": self = .reject(step: step)
        default: return nil
        }
    }

    fileprivate var step: String? {
        switch self {
        case .skip(let step), .complete(let step, _), .fail(let step), .approve(let step), .reject(let step): step
        case .retry, .cancel, .supersede, .kill, .compensate, .pause, .resume, .changeVars: nil
        }
    }
}
