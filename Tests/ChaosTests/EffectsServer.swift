import Synchronization
import TestSupport

/// The world that sagas act upon: counts calls by idempotency key, and behaves as badly as the world does.
///
/// `/ok/…` does what it is asked for in the end, `/slow/…` takes its time over it; `/no/…` refuses for good.
struct EffectsServer: Sendable {
    let seed: UInt64
    let chronicle: Chronicle
    private let turns = Turns()

    init(seed: UInt64, chronicle: Chronicle) {
        self.seed = seed
        self.chronicle = chronicle
    }

    private final class Turns: Sendable {
        private let turns = Mutex<[String: Int]>([:])
        func next(_ key: String) -> Int {
            turns.withLock { turns in
                turns[key, default: 0] += 1
                return turns[key] ?? 0
            }
        }
    }

    func answer(_ request: LoopbackServer.Request) async -> LoopbackServer.Response {
        let key = request.headers["idempotency-key"] ?? ""
        let call = chronicle.begin(
            Chronicle.Call(
                key: key, attempt: request.headers["x-saga-attempt"].flatMap { Int($0) } ?? 0,
                executor: request.headers["x-executor"] ?? "", began: Wall.now))
        // By key and turn, so that a seed replays the same misfortunes whatever the order of arrival.
        var dice = Dice(seed: seed, "\(key) \(turns.next(key))")
        if request.path.hasPrefix("/slow/") { await Pause.forChaos(dice.milliseconds(200...900)) }
        if dice.chance(15) { await Pause.forChaos(dice.milliseconds(20...500)) }
        // Longer than a lease: only heartbeats hold it.
        if dice.chance(0.4) { await Pause.forChaos(.seconds(11)) }
        if dice.chance(5) {
            chronicle.end(call, status: nil)
            return .hangUp
        }
        let status = dice.chance(6) ? 503 : request.path.hasPrefix("/no/") ? 400 : 200
        chronicle.end(call, status: status)
        return .json(#"{"done":true}"#, status: status)
    }
}
