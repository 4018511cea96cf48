package import HTTPTransport
package import SagaCore

/// Runs attempts and reads waits: renders the step's templates, hands the configuration to the action, and takes
/// secrets out of whatever comes back before anybody else sees it.
package struct ActionRouter: ActionRunner {
    let settings: ActionSettings
    let http: any HTTPClient
    let now: @Sendable () -> Moment
    let redaction: Redaction
    /// Shared by all reads of this router.
    package let reads: WoodpeckerReads

    /// How many calls a second a Woodpecker server gets for waits at most, and how many at once after a quiet time.
    private static let readRate: Double = 10
    private static let readBurst = 30

    /// - Parameter breakers: circuits shared by everything in the process that calls hosts.
    package init(
        settings: ActionSettings, http: any HTTPClient, breakers: CircuitBreakers, now: @escaping @Sendable () -> Moment
    ) {
        self.settings = settings
        self.http = GuardedClient(http, circuits: breakers, now: now)
        self.now = now
        redaction = Redaction(secrets: settings.secrets)
        reads = WoodpeckerReads(rate: Self.readRate, burst: Self.readBurst, now: now)
    }

    package func run(_ order: WorkOrder) async -> Outcome {
        let place = CircuitJournal.Place(saga: order.claim.saga, step: order.claim.step)
        return redaction.clean(await CircuitJournal.$place.withValue(place) { await outcome(of: order) })
    }

    private func outcome(of order: WorkOrder) async -> Outcome {
        switch order.claim.kind {
        case .attempt: await attempt(order)
        case .read: await read(order)
        case .cancel: await cancelPipeline(order)
        case .wake, .timeout, .deadline: .failed(Failure(.permanent, "there is nothing to run"))
        }
    }

    private func attempt(_ order: WorkOrder) async -> Outcome {
        let config: StepConfig
        do {
            let secrets = settings.secrets
            let context = order.saga.context(of: order.step) { secrets[$0] }
            config = StepConfig(try order.definition.config.rendered(in: context))
        } catch {
            return .failed(Failure(.permanent, "config.\(error)"))
        }
        do throws(Failure) {
            return switch order.definition.action {
            case .api: try await api(config, order)
            case .shell: try await shell(config, order)
            case .waitPipeline, .waitBuild: try await wait(config, order)
            case .runPipeline: try await runPipeline(config, order)
            case .approval: .waits(Wait(try approval(config), since: now()))
            case .sleep: try sleep(config)
            }
        } catch {
            if let until = (error as Failure).circuitOpenUntil {
                return .postponed(until: until, reason: error.message)
            }
            return .failed(error)
        }
    }

    private func read(_ order: WorkOrder) async -> Outcome {
        guard let wait = order.step.wait else { return .failed(Failure(.permanent, "there is nothing to read")) }
        switch wait.subject {
        case .pipeline(let pipeline): return await read(pipeline, wait, order)
        case .image(let image): return await read(image, wait, order)
        case .sleep, .approval: return .waits(wait)
        }
    }

    private func approval(_ config: StepConfig) throws(Failure) -> Wait.Subject {
        .approval(message: try config.text("message") ?? "", approvers: try config.texts("approvers") ?? [])
    }

    private func sleep(_ config: StepConfig) throws(Failure) -> Outcome {
        let end: Moment
        if let duration = try config.duration("duration") {
            end = now() + duration
        } else if let text = try config.text("until"), let until = Moment(rfc3339: text) {
            end = until
        } else {
            throw Failure(.permanent, "config.until is no RFC 3339 time")
        }
        guard end > now() else { return .succeeded(output: [:]) }
        return .waits(Wait(.sleep(until: end), since: now()))
    }
}

extension Failure {
    /// Marks a call that an open circuit held back: it was not tried, so it is no attempt.
    var circuitOpenUntil: Moment? {
        guard let text = output?["circuit_open_until"]?.intValue else { return nil }
        return Moment(milliseconds: text)
    }

    init(_ failure: HTTPFailure) {
        self.init(
            failure.class, failure.message,
            output: failure.retryAt.map { ["circuit_open_until": .int($0.milliseconds)] })
    }
}
