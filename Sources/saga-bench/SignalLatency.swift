import HTTPTransport
import SagaCore
import Synchronization
import TestSupport

/// From a signal to the next step, as the outside sees it: from the moment the POST to `/api/v1/signals` is begun to
/// the moment the next step's own HTTP call has arrived at a listener on loopback. One clock, of one process, and
/// everything between: the request, the signal's commit, the read of the wait, the decision's commit, the call.
///
/// Signals come one after another, some way apart, so that each meets an idle receiver.
struct SignalLatency {
    let receiver: BenchReceiver
    let arrivals: Arrivals

    static let repo = "octo/app"
    /// A little irregular, so as not to march in step with anything that ticks.
    private static let pauses = [23, 31, 17, 37, 29]

    struct NotMatched: Error {
        var number: Int
        var answer: String
    }

    /// - Parameter numbers: the pipelines that are said to have ended; a saga waits for each.
    /// - Returns: milliseconds, in that order.
    func measure(_ numbers: [Int]) async throws -> [Double] {
        var values: [Double] = []
        for (index, number) in numbers.enumerated() {
            let signal: JSONValue = [
                "kind": "pipeline", "server": "https://ci.example.com", "repo": .string(Self.repo),
                "number": .int(Int64(number)), "status": "success",
            ]
            let request = HTTPRequest(
                "POST", receiver.url + "/api/v1/signals", headers: ["Content-Type": "application/json"],
                body: Array(signal.json.utf8), repeatable: true)
            let start = ContinuousClock.now
            async let arrival = arrivals.next(number)
            let answer = try await receiver.http.send(request)
            guard answer.status == 202, answer.text.contains("\"step\"") else {
                arrivals.giveUp()
                _ = await arrival
                throw NotMatched(number: number, answer: answer.text)
            }
            guard let end = await arrival else { throw CancellationError() }
            values.append((end - start).milliseconds)
            try await Task.sleep(for: .milliseconds(Self.pauses[index % Self.pauses.count]))
        }
        return values
    }
}

/// When which step called.
final class Arrivals: Sendable {
    private struct State {
        var waiting: (number: Int, continuation: CheckedContinuation<ContinuousClock.Instant?, Never>)?
        var early: [Int: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    func arrived(_ number: Int) {
        let now = ContinuousClock.now
        let continuation = state.withLock { state -> CheckedContinuation<ContinuousClock.Instant?, Never>? in
            guard let waiting = state.waiting, waiting.number == number else {
                state.early[number] = now
                return nil
            }
            state.waiting = nil
            return waiting.continuation
        }
        continuation?.resume(returning: now)
    }

    /// Nil where it was given up.
    func next(_ number: Int) async -> ContinuousClock.Instant? {
        await withCheckedContinuation { continuation in
            let early = state.withLock { state -> ContinuousClock.Instant? in
                if let early = state.early.removeValue(forKey: number) { return early }
                state.waiting = (number, continuation)
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    func giveUp() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.continuation.resume(returning: nil)
    }

    /// Runs the body beside a server on loopback that takes the calls of steps, at `/NUMBER`.
    static func with<Value>(_ body: (Arrivals, String) async throws -> Value) async throws -> Value {
        let arrivals = Arrivals()
        return try await withLoopbackServer { request in
            if let number = Int(request.path.dropFirst()) { arrivals.arrived(number) }
            return .json("{}")
        } _: { server in
            try await body(arrivals, server.url)
        }
    }
}
