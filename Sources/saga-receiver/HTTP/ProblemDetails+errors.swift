import HTTPTypes
import Hummingbird
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore

extension ProblemDetails {
    /// The problem that an error of the rooms below is to a caller; nil for what nobody foresaw.
    init?(_ error: any Error) {
        switch error {
        case let problem as ProblemDetails: self = problem
        case let refusal as Refusal: self.init(refusal)
        case let refusal as StartRefusal: self.init(refusal)
        case let problems as DefinitionProblems: self.init(problems)
        case is StoreError:
            self.init(
                .serviceUnavailable, "store-unavailable",
                "the store cannot be used at the moment; the receiver's log says why", headers: [.retryAfter: "5"])
        case is CancellationError:
            self.init(
                .serviceUnavailable, "stopping", "the receiver is stopping; try again", headers: [.retryAfter: "5"])
        default: return nil
        }
    }

    init(_ refusal: Refusal) {
        switch refusal {
        case .noSuchStep: self = .notFound(refusal.message)
        case .notAllowed(_, let status, let allowed):
            self.init(
                .conflict, "not-allowed", refusal.message,
                members: ["saga_status": .string(status), "allowed": .array(allowed.map { .string($0) })])
        case .stepNotAllowed(_, let step, let status):
            self.init(
                .conflict, "not-allowed", refusal.message,
                members: ["step": .string(step), "step_status": .string(status)])
        case .stale, .nothingToUndo, .tombstone: self.init(.conflict, "not-allowed", refusal.message)
        case .retriesExhausted(let limit):
            self.init(
                .conflict, "retries-exhausted", refusal.message, members: ["max_retries": .int(Int64(limit))])
        case .concurrencyKeyHeld(let key, let holder):
            self.init(
                .conflict, "concurrency-key-held", refusal.message,
                members: ["concurrency_key": .string(key), "held_by": .string(holder)])
        case .reasonRequired: self = .badRequest(refusal.message, errors: [.fault("reason", "is missing")])
        case .unknownVariable(let name):
            self = .badRequest(refusal.message, errors: [.fault("vars.\(name)", refusal.message)])
        case .notAnApprover: self.init(.forbidden, "not-an-approver", refusal.message)
        }
    }

    init(_ refusal: StartRefusal) {
        switch refusal {
        case .badVars(let problems):
            self.init(
                .badRequest, "invalid-vars", refusal.message, errors: problems.map { .fault($0.path, $0.message) })
        case .concurrencyKey:
            self.init(
                .badRequest, "invalid-definition", refusal.message,
                errors: [.fault("concurrency.key", refusal.message)])
        case .keyReused(let saga):
            self.init(
                .unprocessableContent, "idempotency-key-reused", refusal.message, members: ["saga": .string(saga)])
        case .held(let key, let holder):
            self.init(
                .conflict, "concurrency-key-held", refusal.message,
                members: ["concurrency_key": .string(key), "held_by": .string(holder)])
        }
    }

    init(_ found: DefinitionProblems) {
        let count = found.problems.count
        self.init(
            .badRequest, "invalid-definition",
            count == 1 ? "the definition has a problem" : "the definition has \(count) problems",
            errors: found.problems.map(\.json), members: ["warnings": .array(found.warnings.map(\.json))])
    }
}
