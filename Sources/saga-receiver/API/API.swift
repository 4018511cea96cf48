import Hummingbird
import Logging
import SagaCore
import SagaEngine
import Webhooks
import WoodpeckerClient

/// What the routes work with, and the table of them.
struct API: Sendable {
    let sagas: Sagas
    let webhooks: WebhookReader
    /// The senders that have a secret.
    let openSenders: Set<Sender>
    let servers: ServerNames
    /// Nil without a token for it.
    let woodpecker: WoodpeckerClient?
    /// Whether it takes the token.
    let woodpeckerCheck: WoodpeckerCheck.Result
    let allowsShell: Bool
    let publicURL: String?
    let health: Health
    let metrics: MetricsPage
    let now: @Sendable () -> Moment
    let log: Logger

    var routes: [Route] {
        startRoutes + sagaRoutes + operationRoutes + journalRoutes + definitionRoutes + signalRoutes + pipelineRoutes
            + webhookRoutes + healthRoutes + statusRoutes + metricsRoutes
    }

    /// The saga of the call's `id` as it is now.
    func view(_ id: String) async throws -> SagaView {
        guard let view = try await sagas.view(id, publicURL: publicURL) else { throw ProblemDetails.noSaga(id) }
        return view
    }
}

/// The names of the one Woodpecker server that is configured.
struct ServerNames: Sendable {
    /// The address that is called.
    var url: String?
    /// The address in links and commit statuses, under which waits know the server.
    var publicURL: String?

    var known: [String] { Set([url, publicURL].compactMap { $0 }).sorted() }

    /// A signal that names the server by the address it is called under is about the same server.
    func withPublicName(_ signal: Signal) -> Signal {
        guard let url, let publicURL, ServerAddress.same(signal.server, url) else { return signal }
        var signal = signal
        signal.server = publicURL
        return signal
    }
}
