import SagaCore
import WoodpeckerClient

/// Cancels the pipeline of a `run_pipeline` step that was given up. Harmless to repeat.
extension ActionRouter {
    /// How long after its creation was sent a pipeline may still come to be: Woodpecker reads the configuration first.
    private static let birthTime: Duration = .seconds(10)

    func cancelPipeline(_ order: WorkOrder) async -> Outcome {
        do throws(Failure) {
            guard let pipeline = try abandoned(order) else { return Self.done("left alone, as on_cancel says") }
            guard let client = client(for: pipeline) else {
                return .postponed(
                    until: now() + .seconds(5),
                    reason: "this executor has no Woodpecker token for \(pipeline.server)")
            }
            do throws(WoodpeckerError) {
                return try await cancel(pipeline, order, client)
            } catch {
                throw Failure(error)
            }
        } catch {
            if let until = (error as Failure).circuitOpenUntil {
                return .postponed(until: until, reason: error.message)
            }
            return .failed(error)
        }
    }

    /// What the step waited for, or would have; nil where its configuration leaves the pipeline alone.
    private func abandoned(_ order: WorkOrder) throws(Failure) -> PipelineWait? {
        if case .pipeline(let pipeline)? = order.step.lastWait?.subject {
            return pipeline.leaveOnCancel ? nil : pipeline
        }
        let config: StepConfig
        do {
            let secrets = settings.secrets
            config = StepConfig(
                try order.definition.config.rendered(in: order.saga.context(of: order.step) { secrets[$0] }))
        } catch {
            throw Failure(.permanent, "config.\(error)")
        }
        return try config.text("on_cancel") == "leave" ? nil : try pipelineWait(config, order)
    }

    private func cancel(
        _ pipeline: PipelineWait, _ order: WorkOrder, _ client: WoodpeckerClient
    ) async throws(WoodpeckerError) -> Outcome {
        let repoID = try await repoID(of: pipeline, client)
        let key = order.saga.idempotencyKey(of: order.step)
        guard let number = try await number(of: pipeline, repoID, key, order, client) else {
            let isTooEarly = order.step.owedCancel.map { now() < $0.since + Self.birthTime } ?? false
            return isTooEarly
                ? .postponed(until: now() + .seconds(2), reason: "looks for a pipeline that may just be starting")
                : Self.done("there was none")
        }
        let run = try await client.newestRun(repoID: repoID, of: number).pipeline
        let isReused = pipeline.pipelineID.map { $0 != run.id } ?? false
        guard run.variables["SAGA_KEY"].map({ $0 == key }) ?? !(run.number == pipeline.number && isReused) else {
            return Self.done("its number was given to another pipeline")
        }
        guard run.knownStatus?.isTerminal != true else { return Self.done("it had ended: \(run.status)", run.number) }
        do throws(WoodpeckerError) {
            try await client.cancel(repoID: repoID, number: run.number)
        } catch {
            // It ended between the two calls.
            guard case .badRequest = error.kind else { throw error }
            return Self.done("it had ended", run.number)
        }
        return Self.done("it was \(run.status)", run.number)
    }

    /// The number that the step knows, or that of the pipeline which carries its key.
    private func number(
        of pipeline: PipelineWait, _ repoID: Int64, _ key: String, _ order: WorkOrder, _ client: WoodpeckerClient
    ) async throws(WoodpeckerError) -> Int64? {
        if let number = pipeline.number { return number }
        return try await created(by: key, order, repoID, client)?.number
    }

    private static func done(_ result: String, _ number: Int64? = nil) -> Outcome {
        .succeeded(
            output: .object(compacting: ["result": .string(result), "number": number.map { .int($0) }]))
    }
}
