import Logging
import SagaCore
import SagaEngine
import ServiceLifecycle
import WoodpeckerClient

/// Listens to Woodpecker's event stream: events wake what waits for their pipeline, and after every connection each
/// open wait is read once, since nothing is replayed.
struct PipelineStream: Service {
    let client: WoodpeckerClient
    /// Without a token only public repositories speak, and what they say decides.
    let hasToken: Bool
    let servers: ServerNames
    let sagas: Sagas
    let status: SourceStatus
    let now: @Sendable () -> Moment
    let log: Logger

    private static let shortestPause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(60)
    /// A connection that held that long was a good one: the next pause is short again.
    private static let steady: Duration = .seconds(30)
    /// Between the reads of one repository's waits and those of the next, after a connection.
    private static let spacing: Duration = .milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown { await follow() }
    }

    private func follow() async {
        var pause = Self.shortestPause
        while !Task.isCancelled {
            let start = ContinuousClock.now
            status.became("connecting", at: now())
            let problem = await listen()
            guard !Task.isCancelled else { return }
            status.became("disconnected", at: now())
            status.failed(problem, at: now())
            if ContinuousClock.now - start > Self.steady { pause = Self.shortestPause }
            log.log(
                level: pause == Self.shortestPause ? .warning : .debug,
                "Woodpecker's event stream broke off; pipelines are read at their interval meanwhile",
                metadata: ["server": "\(client.server)", "error": "\(problem)"])
            // Many receivers may have lost the same server at once.
            let share = Double.random(in: 0.75...1)
            guard (try? await Task.sleep(for: pause * share)) != nil else { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Returns why it is over.
    private func listen() async -> String {
        do {
            let events = try await client.events()
            status.became("connected", at: now())
            log.info("listening to Woodpecker's event stream", metadata: ["server": "\(client.server)"])
            await recheck()
            var facts = HeardFacts()
            for try await event in events {
                status.heard(at: now())
                await take(event, &facts)
            }
            return "the server ended the stream"
        } catch let error as WoodpeckerError {
            return error.message
        } catch {
            return "\(error)"
        }
    }

    private func recheck() async {
        guard hasToken else { return }
        do {
            try await sagas.recheck(spacing: Self.spacing) { [servers] in servers.serve($0.server) }
        } catch {
            log.warning("waits could not be looked at after a connection", metadata: ["error": "\(error)"])
        }
    }

    /// Stores what an event says that was not said before, where somebody waits for it.
    private func take(_ event: StreamEvent, _ facts: inout HeardFacts) async {
        let server = servers.publicURL ?? client.server
        let whole = event.pipeline.signal(server: server, repo: event.repo)
        do {
            let awaited = try await sagas.awaited(by: whole)
            let isOver = event.pipeline.knownStatus?.isTerminal == true
            // With a token a wait that comes later is read when it comes; without one, this is the only word.
            guard !awaited.isEmpty || isOver && !hasToken else { return }
            let (signals, key) = facts.news(in: event, server: server, for: awaited)
            guard !signals.isEmpty else { return }
            let receipt = try await sagas.deliver(
                InboxDelivery(
                    source: "stream", semanticKey: "\(ServerAddress.normalized(server)) \(key)", signals: signals))
            facts.remember(event.pipeline.id, key)
            for match in receipt?.matched ?? [] {
                log.debug(
                    "the event stream wakes a step",
                    metadata: ["saga_id": "\(match.saga)", "step_name": "\(match.step)"])
            }
        } catch {
            log.warning("an event could not be stored; its pipeline is read later", metadata: ["error": "\(error)"])
        }
    }
}

extension ServerNames {
    /// Whether this is the server that a wait names; one that names none means it.
    func serve(_ server: String) -> Bool {
        server.isEmpty || known.contains { ServerAddress.same($0, server) }
    }
}
