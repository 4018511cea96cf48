import FoundationEssentials
import HTTPTransport
import Hummingbird
import Logging
import NIOCore
import SagaActions
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import ServiceLifecycle
import Telemetry
import UnixSignals
import Webhooks
import WoodpeckerClient

/// Joins the rooms: store, engine, actions, webhooks and routes, as one configuration says.
struct Wiring: Sendable {
    let configuration: Configuration
    let environment: [String: String]
    let log: Logger
    private let now: @Sendable () -> Moment = WallClock.now

    /// SIGTERM to the end of the process; running work gets a little less, to give back the rest.
    private static let shutdownLimit: Duration = .seconds(25)
    private static let gracePeriod: Duration = .seconds(20)
    private static let idleTimeout: TimeAmount = .seconds(60)

    /// Runs until a signal ends it.
    ///
    /// - Throws: `StoreError`, or what the port has against it.
    func run() async throws {
        let metrics = SagaMetrics(
            sources: configuration.webhookSecrets.keys.map(\.rawValue) + ["api", "stream"], now: now)
        let ledger = try await SQLiteLedger(
            path: configuration.store, read: { try DefinitionReader.read($0).definition },
            didCommit: metrics.committed)
        let http = CurlClient(userAgent: "woodpecker-saga/\(Version.current)", environment: environment)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(ledger, http, metrics))
        } catch {
            result = .failure(error)
        }
        http.close()
        await ledger.close()
        try result.get()
        log.info("stopped")
    }

    private func serve(_ store: SQLiteLedger, _ http: CurlClient, _ metrics: SagaMetrics) async throws {
        let ledger = MeasuredLedger(store, observe: metrics.observe)
        let circuits = CircuitJournal(ledger: ledger, now: now, listeners: [logCircuit])
        let breakers = CircuitBreakers(changed: circuits.changed)
        let runner = ActionRouter(settings: actionSettings, http: http, breakers: breakers, now: now)
        let executor = executor()
        let engine = Engine(
            ledger: ledger, runner: runner, executor: executor, options: .init(gracePeriod: Self.gracePeriod), now: now,
            log: log)
        let stream = SourceStatus(streamURL == nil ? "off" : "connecting")
        let health = Health(
            ledger: ledger, engine: engine, executor: executor, breakers: breakers,
            webhooks: SourceStatus(configuration.webhookSecrets.isEmpty ? "off" : "open"), stream: stream,
            reconciler: configuration.woodpeckerToken.map { _ in (configuration.reconcileInterval, runner.reads) },
            now: now)
        let sagas = Sagas(ledger: ledger, engine: engine, now: now)
        let servers = ServerNames(url: configuration.woodpeckerURL, publicURL: configuration.woodpeckerPublicURL)
        let check = WoodpeckerCheck.Result(woodpecker(http) == nil ? .none : .unknown)
        let api = API(
            sagas: sagas, webhooks: WebhookReader(secrets: configuration.webhookSecrets, servers: servers.known),
            openSenders: Set(configuration.webhookSecrets.keys), servers: servers,
            woodpecker: woodpecker(GuardedClient(http, circuits: breakers, now: now)),
            woodpeckerCheck: check, allowsShell: configuration.allowsShell, publicURL: configuration.publicURL,
            health: health, metrics: MetricsPage(counted: metrics, counts: StoreCounter(store), health: health),
            now: now,
            log: log)
        let (opened, open) = AsyncStream<Void>.makeStream()
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: EngineService(engine: engine, opened: opened)),
            .init(service: application(api) { open.yield() }),
            .init(
                service: StopBell {
                    log.info("stopping")
                    health.stop()
                    engine.stop()
                }),
        ]
        services.append(.init(service: CircuitService(circuits: circuits), successTerminationBehavior: .ignore))
        services += helpers(store, http, sagas, servers, stream, check).map {
            .init(service: $0, successTerminationBehavior: .ignore)
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        group.maximumGracefulShutdownDuration = Self.shutdownLimit
        try await ServiceGroup(configuration: group).run()
    }

    private func application(_ api: API, didOpen: @escaping @Sendable () -> Void) -> some Service {
        let listen = configuration.listen
        let isSecure = configuration.publicURL?.hasPrefix("https://") ?? false
        let links = Links(publicURL: configuration.publicURL)
        let sessions = Sessions(isSecure: isSecure, path: links("/"), now: now)
        let gate = Gate(tokens: configuration.tokens, sessions: sessions)
        let dashboard = Dashboard(api: api, gate: gate, sessions: sessions, publicURL: configuration.publicURL)
        let routes = api.routes + dashboard.routes
        let document = OpenAPIDocument(
            routes: routes, publicURL: configuration.publicURL, cookie: sessions.cookieName)
        return Application(
            responder: Responder(routes: RouteTable(routes: routes + [document.route]), gate: gate, log: log),
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(listen.host, port: listen.port)),
            onServerRunning: { channel in
                let url = listen.url(port: channel.localAddress?.port ?? listen.port)
                StandardStreams.output("listening on \(url)")
                log.info("listening", metadata: ["url": "\(url)", "store": "\(configuration.store)"])
                didOpen()
            },
            logger: quiet)
    }

    /// What works beside the engine and the server.
    private func helpers(
        _ ledger: SQLiteLedger, _ http: CurlClient, _ sagas: Sagas, _ servers: ServerNames, _ stream: SourceStatus,
        _ check: WoodpeckerCheck.Result
    ) -> [any Service] {
        var services: [any Service] = [
            Retention(ledger: ledger, length: configuration.retention, now: now, log: log)
        ]
        if let client = woodpecker(http) { services.append(WoodpeckerCheck(client: client, result: check, log: log)) }
        if let url = streamURL {
            let token = configuration.woodpeckerToken
            services.append(
                PipelineStream(
                    client: WoodpeckerClient(server: url, token: token, http: http), hasToken: token != nil,
                    servers: servers, sagas: sagas, status: stream, now: now, log: log))
        }
        return services
    }

    /// Nil where the event stream is not to be followed.
    private var streamURL: String? { configuration.followsStream ? configuration.woodpeckerURL : nil }

    /// Nil without a token.
    private func woodpecker(_ http: any HTTPClient) -> WoodpeckerClient? {
        guard let url = configuration.woodpeckerURL, let token = configuration.woodpeckerToken else { return nil }
        return WoodpeckerClient(server: url, token: token, http: http)
    }

    private func logCircuit(_ host: String, _ from: CircuitBreaker.State, _ to: CircuitBreaker.State) {
        log.log(
            level: to == .open ? .warning : .info, "circuit changed",
            metadata: ["host": "\(host)", "from": "\(from.rawValue)", "to": "\(to.rawValue)"])
    }

    private var actionSettings: ActionSettings {
        ActionSettings(
            secrets: configuration.stepSecrets, allowsShell: configuration.allowsShell,
            allowedHosts: configuration.allowedHosts,
            woodpecker: configuration.woodpeckerURL.map {
                WoodpeckerAccess(
                    url: $0, publicURL: configuration.woodpeckerPublicURL, token: configuration.woodpeckerToken)
            },
            registryLogins: configuration.registryLogins, reconcileInterval: configuration.reconcileInterval,
            // The receiver's own settings hold tokens, which are no business of a step.
            environment: environment.filter { !$0.key.hasPrefix("SAGA_") })
    }

    private func executor() -> Executor {
        let host = ProcessInfo.processInfo.hostName
        let chance = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return Executor(
            id: "receiver-\(host)-\(ProcessInfo.processInfo.processIdentifier)-\(chance)",
            name: "receiver on \(host)", allowsShell: configuration.allowsShell)
    }

    /// For libraries, whose ordinary chatter says nothing about sagas.
    private var quiet: Logger {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        return quiet
    }
}
