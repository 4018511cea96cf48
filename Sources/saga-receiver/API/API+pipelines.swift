import HTTPTransport
import HTTPTypes
import Hummingbird
import Logging
import SagaCore
import SagaEngine
import WoodpeckerClient

extension API {
    var pipelineRoutes: [Route] {
        ["/projects", "/api/v1/projects"].map {
            Route(.post, "\($0)/{id}/pipelines/{number}/retry", .scope(.operate), .retryPipeline($0), retryPipeline)
        }
    }

    /// Restarts a pipeline of Woodpecker; the steps that wait for it go on with the new run.
    private func retryPipeline(_ call: Call) async throws -> Response {
        var members = try await Members(call)
        let reason = members.text("reason")
        try members.check()
        guard let number = Int64(call[parameter: "number"]), number > 0 else {
            throw ProblemDetails.badRequest("'\(call[parameter: "number"])' is no number of a pipeline")
        }
        guard let woodpecker else {
            throw ProblemDetails(
                .notImplemented, "no-woodpecker-token",
                "this receiver has no Woodpecker token, so it cannot restart pipelines; "
                    + "set SAGA_WOODPECKER_URL and SAGA_WOODPECKER_TOKEN")
        }
        let (repo, run) = try await restarted(call[parameter: "id"], number, woodpecker)
        let signal = run.signal(server: servers.publicURL ?? woodpecker.server, repo: repo, parent: number)
        let url = signal.url ?? ""
        let note = JournalEntry(
            .pipelineRestarted, actor: call.caller.name, reason: reason,
            data: ["number": .int(run.number), "parent": .int(number), "url": .string(url)])
        let receipt = try await sagas.deliver(InboxDelivery(source: "api", signals: [signal]), noting: note)
        log.info(
            "pipeline restarted",
            metadata: [
                "repo": "\(repo.fullName)", "number": "\(run.number)", "parent": "\(number)",
                "actor": "\(call.caller.name)",
            ])
        return .json([
            "number": .int(run.number), "parent": .int(number), "id": .int(run.id), "status": .string(run.status),
            "repo": .string(repo.fullName), "url": .string(url),
            "sagas": .array(try await followers(receipt?.matched ?? [])),
        ])
    }

    private func restarted(
        _ id: String, _ number: Int64, _ woodpecker: WoodpeckerClient
    ) async throws -> (Repo, Pipeline) {
        do throws(WoodpeckerError) {
            let repo =
                if let number = Int64(id) { try await woodpecker.repo(id: number) } else {
                    try await woodpecker.repo(id)
                }
            return (repo, try await woodpecker.restartOnce(repoID: repo.id, number: number))
        } catch {
            throw ProblemDetails(error)
        }
    }

    /// One entry a saga, with the steps of it that follow the pipeline.
    private func followers(_ matches: [DeliveryReceipt.Match]) async throws -> [JSONValue] {
        var steps: [(id: String, steps: [String])] = []
        for match in matches {
            if let index = steps.firstIndex(where: { $0.id == match.saga }) {
                steps[index].steps.append(match.step)
            } else {
                steps.append((match.saga, [match.step]))
            }
        }
        var found: [JSONValue] = []
        for (id, names) in steps {
            guard let saga = try await sagas.view(id, publicURL: publicURL) else { continue }
            found.append([
                "id": .string(id), "name": .string(saga.saga.name), "status": .string(saga.saga.status.rawValue),
                "steps": .array(names.map { .string($0) }), "url": saga.url.map { .string($0) } ?? .null,
            ])
        }
        return found
    }
}

extension ProblemDetails {
    /// What Woodpecker said, with the cure.
    init(_ error: WoodpeckerError) {
        switch error.kind {
        case .notFoundOrNoPermission:
            self.init(
                .notFound, "pipeline-not-found",
                error.message + " Check the repository and the number, and that the user of SAGA_WOODPECKER_TOKEN may "
                    + "push to it")
        case .unauthorized:
            self.init(
                .badGateway, "woodpecker-unauthorized",
                error.message + " Make a new token in Woodpecker's user settings and set SAGA_WOODPECKER_TOKEN")
        case .badRequest:
            self.init(
                .conflict, "woodpecker-refused",
                error.message + " A pipeline that waits for approval has to be approved or declined in Woodpecker")
        case .unreachable(let failure) where failure.kind == .circuitOpen:
            self.init(.serviceUnavailable, "woodpecker-unavailable", error.message, headers: [.retryAfter: "30"])
        case .server, .unreachable, .unreadable:
            let mayHaveHappened = error.class == .unknown
            self.init(
                .badGateway, "woodpecker-failed",
                error.message
                    + (mayHaveHappened ? " It may have been restarted: look there before you ask again" : " Try again"))
        }
    }
}
