import Synchronization

/// What tests do to the server, past its API.
extension FakeWoodpecker {
    /// Adds a repository and tells its id. Its workflows are those of `Repo`, unless they are given.
    @discardableResult
    package func addRepo(
        _ fullName: String, isPrivate: Bool = false, workflows: [(name: String, steps: [String])]? = nil,
        creation: Creation = .runs, endings: [String] = []
    ) -> Int64 {
        world.state.withLock { state in
            var repo = Repo(id: Int64(state.repos.count + 1), fullName: fullName)
            repo.isPrivate = isPrivate
            if let workflows { repo.workflows = workflows }
            repo.creation = creation
            repo.endings = endings
            state.repos.append(repo)
            return repo.id
        }
    }

    /// Changes how a repository behaves from now on.
    package func change(_ repo: String, _ body: @Sendable (inout Repo) -> Void) {
        world.state.withLock { state in
            guard let index = state.index(of: repo) else { return }
            body(&state.repos[index])
        }
    }

    /// Starts a pipeline as a forge's push would, and says so in the event stream.
    @discardableResult
    package func addPipeline(
        in repo: String, status: String = "running", event: String = "push",
        _ body: @Sendable (inout Run) -> Void = { _ in }
    ) -> Run? {
        world.state.withLock { state in
            guard let index = state.index(of: repo) else { return nil }
            var run = state.newRun(in: index, now: world.now())
            run.event = event
            run.mark(status, now: world.now())
            body(&run)
            state.repos[index].runs.append(run)
            state.tell(run, in: index)
            return run
        }
    }

    package func pipelines(_ repo: String) -> [Run] {
        world.state.withLock { state in state.index(of: repo).map { state.repos[$0].runs } ?? [] }
    }

    package func pipeline(_ repo: String, _ number: Int64) -> Run? {
        pipelines(repo).first { $0.number == number }
    }

    /// Changes a pipeline in any way, and says so in the event stream.
    package func change(_ repo: String, _ number: Int64, _ body: @Sendable (inout Run) -> Void) {
        world.state.withLock { state in
            guard let index = state.index(of: repo),
                let place = state.repos[index].runs.firstIndex(where: { $0.number == number })
            else { return }
            body(&state.repos[index].runs[place])
            state.tell(state.repos[index].runs[place], in: index)
        }
    }

    /// Ends, or moves on, a pipeline with everything of it that is not over.
    package func set(_ repo: String, _ number: Int64, _ status: String) {
        let now = world.now()
        change(repo, number) { $0.mark(status, now: now) }
    }

    /// Moves one workflow with its steps, or all its copies, on; the pipeline's status follows from its workflows.
    package func set(_ repo: String, _ number: Int64, workflow: String, _ state: String) {
        let now = world.now()
        change(repo, number) { run in
            for index in run.workflows.indices where run.workflows[index].name == workflow {
                run.workflows[index].mark(state, now: now)
            }
            run.aggregate(now: now)
        }
    }

    /// Moves one step on and nothing else.
    package func set(
        _ repo: String, _ number: Int64, workflow: String, step: String, _ state: String, exitCode: Int64 = 0
    ) {
        let now = world.now()
        change(repo, number) { run in
            for index in run.workflows.indices where run.workflows[index].name == workflow {
                for place in run.workflows[index].steps.indices where run.workflows[index].steps[place].name == step {
                    run.workflows[index].steps[place].mark(state, now: now)
                    run.workflows[index].steps[place].exitCode = exitCode
                }
            }
        }
    }

    /// Starts a pipeline that takes the place of one that is not over, as `cancel_previous_pipeline_events` does.
    @discardableResult
    package func supersede(_ repo: String, _ number: Int64) -> Run? {
        guard let newer = addPipeline(in: repo) else { return nil }
        let now = world.now()
        change(repo, number) {
            $0.supersededBy = newer.number
            $0.mark($0.started == nil ? "canceled" : "killed", now: now)
        }
        return newer
    }

    /// Takes a pipeline away; the newest one's number is given out again.
    package func delete(_ repo: String, _ number: Int64) {
        world.state.withLock { state in
            guard let index = state.index(of: repo) else { return }
            state.repos[index].runs.removeAll { $0.number == number }
        }
    }

    // MARK: Faults

    /// Breaks the next `times` calls of that kind; faults of one kind are used up in the order they were ordered.
    package func fail(_ call: Call, _ fault: Fault, times: Int = 1) {
        world.state.withLock { $0.faults[call, default: []] += Array(repeating: fault, count: times) }
    }

    /// While it is down every connection breaks and nothing happens.
    package func setDown(_ isDown: Bool) {
        world.state.withLock { $0.isDown = isDown }
    }

    /// Sends the answers that were held back.
    package func release() {
        let held = world.state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for gate in held { gate.finish() }
    }

    /// How often it was asked, faults included.
    package func count(_ call: Call) -> Int {
        world.state.withLock { $0.counts[call] ?? 0 }
    }

    /// From now on every event is sent that many times more, each time in front of the one before it, as where several
    /// servers speak through one stream.
    package func repeatEvents(_ times: Int) {
        world.state.withLock { $0.repetitions = times }
    }

    /// How many listen to the event stream.
    package var listeners: Int { world.state.withLock { $0.listeners.count } }

    /// Hangs up on everyone who listens to the event stream.
    package func breakStreams() {
        let listeners = world.state.withLock { state in
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.chunks.finish(throwing: FakeWorld.Broken()) }
    }
}
