import HTTPTransport
import SagaActions
import SagaCore
import SagaStore
import Telemetry

/// What `GET /metrics` answers: what was counted, and what is read at that moment.
struct MetricsPage: Sendable {
    let counted: SagaMetrics
    let counts: StoreCounter
    let health: Health

    /// Beyond that many hosts the rest is one, since templates may name any.
    private static let mostHosts = 100

    func text() async -> String {
        var page = Exposition()
        page.begin(.gauge, "saga_build_info", "Always 1; the label tells the version of this receiver.")
        page.sample("saga_build_info", [("version", Version.current)], 1)
        page.gauge(
            "saga_engine_up", "Whether this receiver's engine works; 0 while the store cannot be used.",
            health.isWorking ? 1 : 0)
        if let counts = await counts.counts() { write(counts, to: &page) }
        counted.write(to: &page)
        writeCircuits(to: &page)
        writeSources(to: &page)
        return page.text
    }

    private func write(_ counts: StoreCounts, to page: inout Exposition) {
        page.gauges(
            "saga_active", "Sagas in the store that are not over, whoever works on them.", label: "status",
            SagaStatus.allCases.filter { !$0.isTerminal }.map { ($0.rawValue, Double(counts.active[$0] ?? 0)) })
        let waiting: [ActionKind] = [.waitPipeline, .waitBuild, .runPipeline, .approval, .sleep]
        page.gauges(
            "saga_waits", "Steps in the store that wait for something outside, or for a time.", label: "action",
            waiting.map { ($0.rawValue, Double(counts.waits[$0] ?? 0)) })
    }

    private func writeCircuits(to page: inout Exposition) {
        // The worst first: they are what is asked for.
        let readings = health.breakers.snapshot().sorted { ($1.state.value, $0.host) < ($0.state.value, $1.host) }
        var values = readings.prefix(Self.mostHosts).map { ($0.host, $0.state.value) }
        if let worst = readings.dropFirst(Self.mostHosts).map(\.state.value).max() {
            values.append((NameCap.other, worst))
        }
        page.gauges(
            "saga_circuit_breaker_state",
            "How the circuit of a host stands: 0 closed, 1 half-open, 2 open. Hosts beyond \(Self.mostHosts) are "
                + "'other', by the worst of them.",
            label: "host", values)
    }

    private func writeSources(to page: inout Exposition) {
        let stream = health.stream.current
        let webhooks = health.webhooks.current
        var up: [(String, Double)] = []
        var heard: [(String, Moment?)] = []
        var failed: [(String, Moment?)] = []
        for (name, source) in [("stream", stream), ("webhooks", webhooks)] where source.name != "off" {
            up.append((name, ["connected", "open"].contains(source.name) ? 1 : 0))
            heard.append((name, source.lastEventAt))
            failed.append((name, source.lastErrorAt))
        }
        if let (state, status) = health.reading {
            up.append(("reconciler", state == "failing" ? 0 : 1))
            heard.append(("reconciler", status.lastReadAt))
            failed.append(("reconciler", status.lastErrorAt))
        }
        page.gauges(
            "saga_source_up",
            "Whether a way by which news of pipelines come works: the event stream is connected, webhooks are open, "
                + "the last read of Woodpecker went well. One that is off is not shown.",
            label: "source", up)
        page.gauges(
            "saga_source_last_event_timestamp_seconds",
            "When an event, an authentic delivery or a good read came last; not shown before the first.",
            label: "source", heard.compactMap { name, moment in moment.map { (name, $0.inSeconds) } })
        page.gauges(
            "saga_source_last_error_timestamp_seconds", "When it failed last; not shown before it ever failed.",
            label: "source", failed.compactMap { name, moment in moment.map { (name, $0.inSeconds) } })
    }
}

extension CircuitBreaker.State {
    fileprivate var value: Double {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}

extension Moment {
    fileprivate var inSeconds: Double { Double(milliseconds) / 1000 }
}
