import Glibc
package import SagaCore
import Synchronization

/// What the fake server knows.
package final class FakeWorld: Sendable {
    struct State {
        struct Listener {
            var chunks: AsyncThrowingStream<[UInt8], any Error>.Continuation
            var seesPrivate: Bool
        }

        var repos: [FakeWoodpecker.Repo] = []
        var lastID: Int64 = 9000
        var faults: [FakeWoodpecker.Call: [FakeWoodpecker.Fault]] = [:]
        var counts: [FakeWoodpecker.Call: Int] = [:]
        var isDown = false
        var held: [AsyncStream<Never>.Continuation] = []
        var listeners: [Int64: Listener] = [:]
        /// How often each event is said again, and the last one, which is said once more after the next.
        var repetitions = 0
        var lastEvent: [UInt8]?
    }

    struct Broken: Error {}

    let prefix: String
    let tokens: [String: String]
    let now: @Sendable () -> Moment
    let state = Mutex(State())

    init(prefix: String, tokens: [String: String], now: @escaping @Sendable () -> Moment) {
        self.prefix = prefix
        self.tokens = tokens
        self.now = now
    }

    package static func timeOfDay() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(milliseconds: Int64(time.tv_sec) * 1000)
    }
}

extension FakeWorld.State {
    /// Names are compared without case.
    func index(of repo: String) -> Int? {
        repos.firstIndex { $0.fullName.lowercased() == repo.lowercased() }
    }

    mutating func newID() -> Int64 {
        lastID += 1
        return lastID
    }

    /// The next number is one more than the highest there is, so a deleted newest one comes again.
    mutating func newRun(in index: Int, now: Moment) -> FakeWoodpecker.Run {
        let repo = repos[index]
        var run = FakeWoodpecker.Run(id: newID(), number: (repo.runs.map(\.number).max() ?? 0) + 1, created: now)
        run.branch = repo.defaultBranch
        for (place, plan) in repo.workflows.enumerated() {
            var workflow = FakeWoodpecker.Workflow(id: newID(), pid: Int64(place + 1), name: plan.name)
            for (number, name) in plan.steps.enumerated() {
                workflow.steps.append(FakeWoodpecker.Step(id: newID(), pid: Int64(number + 1), name: name))
            }
            run.workflows.append(workflow)
        }
        return run
    }

    /// Tells everyone who may know and listens.
    mutating func tell(_ run: FakeWoodpecker.Run, in index: Int) {
        let repo = repos[index]
        let event: JSONValue = [
            "repo": repo.json, "pipeline": run.json(withWorkflows: true),
        ]
        let chunk = Array("data: \(event.json)\n\n".utf8)
        for listener in listeners.values where listener.seesPrivate || !repo.isPrivate {
            listener.chunks.yield(chunk)
            guard repetitions > 0 else { continue }
            for _ in 0..<repetitions {
                if let lastEvent { listener.chunks.yield(lastEvent) }
                listener.chunks.yield(chunk)
            }
        }
        lastEvent = chunk
    }
}

extension FakeWoodpecker.Run {
    /// Gives the status to the pipeline and to everything in it that is not over.
    mutating func mark(_ status: String, now: Moment) {
        for index in workflows.indices where workflows[index].isOpen { workflows[index].mark(status, now: now) }
        self.status = status
        started = started ?? (status == "pending" || status == "blocked" ? nil : now)
        finished = isOpen ? nil : now
    }

    /// Woodpecker's order when it merges workflows into a pipeline.
    mutating func aggregate(now: Moment) {
        let order = [
            "declined", "blocked", "created", "error", "killed", "canceled", "running", "pending", "failure", "success",
        ]
        let states = Set(workflows.map(\.state))
        status = order.first(where: states.contains) ?? "success"
        if status == "canceled", states != ["canceled"] { status = "killed" }
        started = started ?? now
        finished = isOpen ? nil : now
    }
}

extension FakeWoodpecker.Workflow {
    var isOpen: Bool { PipelineStatus(rawValue: state)?.isTerminal != true }

    mutating func mark(_ state: String, now: Moment) {
        for index in steps.indices where steps[index].isOpen { steps[index].mark(state, now: now) }
        self.state = state
        started = started ?? (state == "pending" || state == "blocked" ? nil : now)
        finished = isOpen ? nil : now
    }
}

extension FakeWoodpecker.Step {
    var isOpen: Bool { PipelineStatus(rawValue: state)?.isTerminal != true }

    mutating func mark(_ state: String, now: Moment) {
        self.state = state
        started = started ?? (state == "pending" || state == "blocked" ? nil : now)
        finished = isOpen ? nil : now
        if state == "failure" { exitCode = 1 }
    }
}
