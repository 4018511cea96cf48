import HTTPTransport
import SagaCore
import TestSupport

/// Who calls the receivers: pipelines that start sagas, and a forge whose deliveries get lost, doubled and mixed up.
struct Outside: Sendable {
    let fleet: Fleet
    let chronicle: Chronicle
    let effects: String
    let seed: UInt64
    let http: CurlClient

    static func key(_ number: Int) -> String { "chaos-\(number)" }

    /// By turns, so that each run has all.
    static func shape(_ number: Int) -> Shape { Shape.allCases[number % Shape.allCases.count] }

    /// One saga's life as seen from here: its start, and the deliveries about the pipeline that it waits for.
    func play(_ number: Int) async {
        var dice = Dice(seed: seed, "saga \(number)")
        let shape = Self.shape(number)
        let isEarly = dice.chance(30)
        let isByPlugin = dice.chance(12) && shape != .cancelled
        let cancelsAfter = dice.milliseconds(0...1500)
        let definition = shape.definition(number: number, effects: effects)
        let deliveries = self.deliveries(number, shape, &dice)
        if isEarly, !deliveries.isEmpty {
            chronicle.note { $0.early += 1 }
            await deliver(deliveries)
        }
        await withDiscardingTaskGroup { group in
            if isByPlugin {
                group.addTask { await fleet.followThrough(Self.key(number), definition: definition.prettyJSON) }
            } else {
                group.addTask {
                    let id = await start(number, definition)
                    guard shape == .cancelled, let id else { return }
                    await Pause.forChaos(cancelsAfter)
                    await cancel(id)
                }
            }
            if !isEarly { group.addTask { await deliver(deliveries) } }
        }
    }

    /// - Returns: the saga's id.
    private func start(_ number: Int, _ definition: JSONValue) async -> String? {
        let body: JSONValue = ["definition": definition, "idempotency_key": .string(Self.key(number))]
        let (status, answer) = await send("/api/v1/sagas", Array(body.json.utf8), Self.authorized)
        chronicle.note {
            switch status {
            case 201: $0.started += 1
            case 200: $0.replayed += 1
            default: $0.surprises.append("starting saga \(number) was answered with \(status)")
            }
        }
        return (try? JSONValue(parsing: String(decoding: answer, as: UTF8.self)))?["id"]?.stringValue
    }

    /// A cancel whose answer was lost is asked for again, and refused then; so is one that comes too late.
    private func cancel(_ id: String) async {
        let (status, _) = await send("/api/v1/sagas/\(id)/cancel", Array(#"{"reason":"chaos"}"#.utf8), Self.authorized)
        chronicle.note {
            if status == 200 { $0.cancelled += 1 }
            if status != 200, status != 409 { $0.surprises.append("cancelling \(id) was answered with \(status)") }
        }
    }

    private static let authorized = [
        ("Content-Type", "application/json"), ("Authorization", "Bearer \(Fleet.token)"),
    ]

    struct Delivery: Sendable {
        var fact: String
        var body: [UInt8]
        var id: String
        var after: Duration
    }

    private func deliveries(_ number: Int, _ shape: Shape, _ dice: inout Dice) -> [Delivery] {
        var deliveries: [Delivery] = []
        for workflow in shape.awaitedWorkflows {
            for state in ["pending", shape.deliveredState] {
                let fact = "\(number) \(workflow) \(state)"
                func add(_ id: String) {
                    deliveries.append(
                        Delivery(
                            fact: fact, body: Hooks.status(number: number, workflow: workflow, state: state),
                            id: "\(fact) \(id)", after: dice.milliseconds(0...2500)))
                }
                if dice.chance(20) {
                    // Nobody ever saw it; somebody has the forge send it again, under an id of its own.
                    chronicle.note { $0.dropped += 1 }
                    add("again")
                } else {
                    add("first")
                }
                if dice.chance(25) {
                    chronicle.note { $0.doubled += 1 }
                    add(dice.chance(50) ? "first" : "other")
                }
            }
        }
        return deliveries.shuffled(using: &dice)
    }

    private func deliver(_ deliveries: [Delivery]) async {
        await withDiscardingTaskGroup { group in
            for delivery in deliveries {
                group.addTask {
                    await Pause.forChaos(delivery.after)
                    let (status, _) = await send(
                        "/webhooks/gitea", delivery.body, Hooks.headers(delivery.body, id: delivery.id))
                    chronicle.note {
                        if status == 202 || status == 200 {
                            $0.accepted.insert(delivery.fact)
                        } else {
                            $0.surprises.append("delivery '\(delivery.id)' was answered with \(status)")
                        }
                    }
                }
            }
        }
    }

    /// Sends to any receiver, and again until one of them answers: what got no answer is not over.
    private func send(_ path: String, _ body: [UInt8], _ headers: [(String, String)]) async -> (
        status: Int, body: [UInt8]
    ) {
        while !Task.isCancelled {
            if let url = fleet.urls.randomElement() {
                chronicle.note { $0.sent += 1 }
                let request = HTTPRequest(
                    "POST", url + path, headers: HTTPHeaders(headers), body: body, timeout: .seconds(5))
                if let response = try? await http.send(request), response.status < 500 {
                    chronicle.note { $0.answered += 1 }
                    return (response.status, response.body)
                }
            }
            await Pause.forChaos(.milliseconds(100))
        }
        return (0, [])
    }
}
