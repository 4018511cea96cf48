import HTTPTransport
import SagaCore
import Synchronization
import TestSupport
import Testing

struct CircuitBreakerTests {
    private static func at(_ seconds: Int64) -> Moment { Moment(milliseconds: seconds * 1000) }

    /// One thing that happens to a circuit and how it stands afterwards.
    struct Line: Sendable {
        enum Event: Sendable { case admit(CircuitBreaker.Admission), success, failure, release }
        var second: Int64
        var event: Event
        var state: CircuitBreaker.State

        init(_ second: Int64, _ event: Event, _ state: CircuitBreaker.State) {
            (self.second, self.event, self.state) = (second, event, state)
        }
    }

    private static let opened = (1...5).map { Line($0, .failure, $0 < 5 ? .closed : .open) }

    static let tables: [[Line]] = [
        // Failures count only in a row.
        [
            Line(0, .failure, .closed), Line(1, .failure, .closed), Line(2, .failure, .closed),
            Line(3, .failure, .closed),
            Line(4, .success, .closed),
        ] + opened,
        // Open for 30 s, then one probe, the others wait; success closes.
        opened + [
            Line(5, .admit(.deferred(until: at(35))), .open), Line(34, .admit(.deferred(until: at(35))), .open),
            Line(35, .admit(.go), .halfOpen), Line(36, .admit(.deferred(until: at(37))), .halfOpen),
            Line(37, .success, .closed), Line(37, .admit(.go), .closed), Line(38, .failure, .closed),
        ],
        // A failed probe opens again, from its own moment.
        opened + [
            Line(40, .admit(.go), .halfOpen), Line(41, .failure, .open),
            Line(42, .admit(.deferred(until: at(71))), .open), Line(71, .admit(.go), .halfOpen),
        ],
        // A probe that vanished blocks nobody for ever.
        opened + [
            Line(35, .admit(.go), .halfOpen), Line(64, .admit(.deferred(until: at(65))), .halfOpen),
            Line(65, .admit(.go), .halfOpen), Line(66, .success, .closed),
        ],
        // A probe that was given back makes room at once.
        opened + [
            Line(35, .admit(.go), .halfOpen), Line(36, .release, .halfOpen), Line(36, .admit(.go), .halfOpen),
            Line(36, .admit(.deferred(until: at(37))), .halfOpen),
        ],
        // Latecomers from before the opening change nothing.
        opened + [
            Line(6, .success, .open), Line(7, .failure, .open), Line(8, .release, .open),
            Line(9, .admit(.deferred(until: at(35))), .open),
        ],
    ]

    @Test("The circuit follows its table", arguments: tables)
    func table(lines: [Line]) {
        var circuit = CircuitBreaker()
        for line in lines {
            let now = Self.at(line.second)
            switch line.event {
            case .admit(let expected): #expect(circuit.admit(now) == expected, "at \(line.second)")
            case .success: circuit.record(success: true, now)
            case .failure: circuit.record(success: false, now)
            case .release: circuit.release(now)
            }
            #expect(circuit.state == line.state, "at \(line.second)")
            #expect((circuit.openedAt == nil) == (line.state == .closed))
        }
    }

    @Test("Changes are told once each, and the snapshot shows every host")
    func registry() {
        let told = Mutex<[String]>([])
        let circuits = CircuitBreakers { host, from, to in
            told.withLock { $0.append("\(host) \(from.rawValue) \(to.rawValue)") }
        }
        for second in 1...5 { circuits.record("b", success: false, Self.at(Int64(second))) }
        circuits.record("a:8080", success: true, Self.at(6))
        #expect(circuits.admit("b", Self.at(35)) == .go)
        #expect(circuits.admit("a:8080", Self.at(35)) == .go)
        circuits.record("b", success: true, Self.at(36))
        #expect(told.withLock { $0 } == ["b closed open", "b open half-open", "b half-open closed"])
        circuits.record("b", success: false, Self.at(37))
        let snapshot = circuits.snapshot()
        #expect(snapshot.map(\.host) == ["a:8080", "b"])
        #expect(snapshot.map(\.failures) == [0, 1])
        #expect(snapshot.map(\.state) == [.closed, .closed])
        #expect(snapshot.allSatisfy { $0.openedAt == nil && $0.nextProbeAt == nil })
    }

    @Test(
        "Connection problems, timeouts and 5xx are failures, everything else is not",
        arguments: [
            (.success(500), 1), (.success(503), 1), (.success(404), 0), (.success(429), 0), (.success(200), 0),
            (.failure(.refused), 1), (.failure(.timeout), 1), (.failure(.connectionLost), 1), (.failure(.tls), 1),
            (.failure(.unresolved), 1), (.failure(.cancelled), 0), (.failure(.badRequest), 0), (.failure(.tooLarge), 0),
        ] as [(Result<Int, KindError>, Int)])
    func verdicts(result: Result<Int, KindError>, failures: Int) {
        let circuits = CircuitBreakers()
        circuits.record(
            "h", result.mapError { HTTPFailure($0.kind, "", mayHaveBeenSent: false) }, Self.at(1))
        #expect(circuits.snapshot().map(\.failures) == [failures])
    }

    struct KindError: Error {
        var kind: HTTPFailure.Kind
        static let refused = KindError(kind: .refused)
        static let timeout = KindError(kind: .timeout)
        static let connectionLost = KindError(kind: .connectionLost)
        static let tls = KindError(kind: .tls)
        static let unresolved = KindError(kind: .unresolved)
        static let cancelled = KindError(kind: .cancelled)
        static let badRequest = KindError(kind: .badRequest)
        static let tooLarge = KindError(kind: .tooLarge)
    }

    @Test("A guarded client stops asking a host that fails, and starts again with one probe")
    func guarded() async throws {
        let status = Mutex(500)
        let clock = Mutex(Self.at(100))
        try await withLoopbackServer({ _ in LoopbackServer.Response(status.withLock { $0 }) }) { server in
            try await withClient { client in
                let circuits = CircuitBreakers()
                let guarded = GuardedClient(client, circuits: circuits) { clock.withLock { $0 } }
                for _ in 0..<5 { _ = try await guarded.send(HTTPRequest("GET", server.url)) }
                let refused = try #require(await problem(of: guarded, HTTPRequest("GET", server.url)))
                #expect(refused.kind == .circuitOpen)
                #expect(refused.retryAt == Self.at(130))
                #expect(!refused.mayHaveBeenSent)
                #expect(server.requests.count == 5)
                #expect(circuits.snapshot().map(\.host) == ["127.0.0.1:\(server.port)"])
                clock.withLock { $0 = Self.at(130) }
                status.withLock { $0 = 200 }
                let answer = try await guarded.send(HTTPRequest("GET", server.url))
                #expect(answer.status == 200)
                #expect(circuits.snapshot().map(\.state) == [.closed])
            }
        }
    }
}
