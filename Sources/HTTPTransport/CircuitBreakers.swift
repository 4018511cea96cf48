package import SagaCore
import Synchronization

/// One circuit a host, shared by everything in the process that calls hosts.
package final class CircuitBreakers: Sendable {
    /// How a circuit stands, for people and metrics.
    package struct Reading: Hashable, Sendable {
        /// With its port unless that is the scheme's own.
        package var host: String
        package var state: CircuitBreaker.State
        package var failures: Int
        package var openedAt: Moment?
        package var nextProbeAt: Moment?
    }

    package typealias Change =
        @Sendable (_ host: String, _ from: CircuitBreaker.State, _ to: CircuitBreaker.State) -> Void

    /// Beyond that many hosts, those without a failure are forgotten.
    private static let enough = 1000
    private let policy: CircuitBreaker.Policy
    private let changed: Change
    private let circuits = Mutex<[String: CircuitBreaker]>([:])

    /// `changed` is called after each change of state, on the caller's thread and outside the lock.
    package init(policy: CircuitBreaker.Policy = CircuitBreaker.Policy(), changed: @escaping Change = { _, _, _ in }) {
        self.policy = policy
        self.changed = changed
    }

    package func admit(_ host: String, _ now: Moment) -> CircuitBreaker.Admission {
        change(host) { $0.admit(now) }
    }

    package func record(_ host: String, success: Bool, _ now: Moment) {
        change(host) { $0.record(success: success, now) }
    }

    /// For a request that ended without a verdict on the host, such as a cancelled one.
    package func release(_ host: String, _ now: Moment) {
        change(host) { $0.release(now) }
    }

    /// Connection problems, timeouts and 5xx are failures; what was cancelled or never tried is no verdict.
    package func record(_ host: String, _ result: Result<Int, HTTPFailure>, _ now: Moment) {
        switch result {
        case .success(let status): record(host, success: status < 500, now)
        case .failure(let failure):
            switch failure.kind {
            case .unresolved, .refused, .tls, .timeout, .connectionLost: record(host, success: false, now)
            case .tooLarge: record(host, success: true, now)
            case .badRequest, .forbiddenAddress, .cancelled, .closed, .circuitOpen: release(host, now)
            }
        }
    }

    /// Every known host, by name.
    package func snapshot() -> [Reading] {
        circuits.withLock { circuits in
            circuits.map { host, circuit in
                Reading(
                    host: host, state: circuit.state, failures: circuit.failures, openedAt: circuit.openedAt,
                    nextProbeAt: circuit.nextProbeAt)
            }
        }.sorted { $0.host < $1.host }
    }

    @discardableResult
    private func change<Answer: Sendable>(_ host: String, _ body: (inout CircuitBreaker) -> Answer) -> Answer {
        let (answer, from, to) = circuits.withLock { circuits in
            if circuits[host] == nil, circuits.count >= Self.enough {
                circuits = circuits.filter { $0.value.failures > 0 }
            }
            var circuit = circuits[host] ?? CircuitBreaker(policy: policy)
            let from = circuit.state
            let answer = body(&circuit)
            circuits[host] = circuit
            return (answer, from, circuit.state)
        }
        if from != to { changed(host, from, to) }
        return answer
    }
}
