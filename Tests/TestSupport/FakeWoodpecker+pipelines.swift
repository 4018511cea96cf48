import SagaCore

/// The calls about repositories and their pipelines.
extension FakeWorld {
    func answer(_ question: FakeQuestion, _ state: inout State) -> LoopbackServer.Response {
        let byName = question.call == .lookup
        if !byName, Int64(question.repo) == nil { return LoopbackServer.Response(400) }
        let index = byName ? state.index(of: question.repo) : state.repos.firstIndex { String($0.id) == question.repo }
        guard let index, question.login != nil || !state.repos[index].isPrivate else {
            return LoopbackServer.Response(question.login == nil ? 401 : 404)
        }
        switch question.call {
        case .lookup, .repo: return .json(state.repos[index].json.json)
        case .list: return list(question, state.repos[index])
        case .user, .version, .events: return LoopbackServer.Response(404)
        case .pipeline, .create, .restart, .cancel, .approve, .decline: break
        }
        if question.call != .pipeline, question.login == nil { return Self.unauthorized }
        if question.call == .create { return create(question, &state, index) }
        guard let place = state.repos[index].runs.firstIndex(where: { $0.number == question.number }) else {
            return LoopbackServer.Response(404)
        }
        switch question.call {
        case .pipeline: return json(state.repos[index].runs[place], state.repos[index])
        case .restart: return restart(state.repos[index].runs[place], question, &state, index)
        case .cancel, .approve, .decline: return change(question, &state, index, place)
        case .user, .version, .events, .lookup, .repo, .list, .create: return LoopbackServer.Response(404)
        }
    }

    private func json(_ run: FakeWoodpecker.Run, _ repo: FakeWoodpecker.Repo) -> LoopbackServer.Response {
        .json(run.json(withWorkflows: true).json)
    }

    private func list(_ question: FakeQuestion, _ repo: FakeWoodpecker.Repo) -> LoopbackServer.Response {
        var runs = repo.runs.sorted { $0.number > $1.number }
        for (name, value) in question.query {
            switch name {
            case "branch": runs.removeAll { $0.branch != value }
            case "event": runs.removeAll { !value.split(separator: ",").map(String.init).contains($0.event) }
            case "status":
                guard PipelineStatus(rawValue: value) != nil else { return LoopbackServer.Response(400) }
                runs.removeAll { $0.status != value }
            case "before", "after":
                guard let moment = Moment(rfc3339: value) else { return LoopbackServer.Response(400) }
                runs.removeAll { name == "before" ? $0.created >= moment : $0.created <= moment }
            default: break
            }
        }
        let asked = question.value("perPage").flatMap { Int($0) } ?? 50
        let size = (1...50).contains(asked) ? asked : 50
        let page = max(1, question.value("page").flatMap { Int($0) } ?? 1)
        let shown = runs.dropFirst((page - 1) * size).prefix(size)
        return .json(JSONValue.array(shown.map { $0.json(withWorkflows: false) }).json)
    }

    private func create(_ question: FakeQuestion, _ state: inout State, _ index: Int) -> LoopbackServer.Response {
        guard let body = try? JSONValue(parsing: question.body) else { return LoopbackServer.Response(400) }
        guard let branch = body["branch"]?.stringValue, !branch.isEmpty else {
            return .text("could not fetch branch head", status: 500)
        }
        var run = state.newRun(in: index, now: now())
        run.branch = branch
        run.author = question.login ?? ""
        run.variables = (body["variables"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
        switch state.repos[index].creation {
        case .runs: break
        case .filtered: return LoopbackServer.Response(204, headers: [("Pipeline-Filtered", "true")])
        case .broken(let error):
            run.status = "error"
            run.errors = [error]
            run.workflows = []
            run.finished = now()
        }
        return add(run, &state, index)
    }

    /// All of it again, under a new number; what was asked for in the query are variables of this run alone.
    private func restart(
        _ old: FakeWoodpecker.Run, _ question: FakeQuestion, _ state: inout State, _ index: Int
    ) -> LoopbackServer.Response {
        guard old.status != "blocked", question.value("event").map({ $0 == "deployment" }) ?? true else {
            return LoopbackServer.Response(400)
        }
        var run = state.newRun(in: index, now: now())
        run.parent = old.number
        run.rerunCount = old.rerunCount + 1
        run.event = question.value("event") ?? old.event
        run.commit = old.commit
        run.branch = old.branch
        run.author = old.author
        run.variables = old.variables
        return add(run, &state, index)
    }

    /// The caller is told of a pending pipeline, also where it is to end by itself.
    private func add(_ run: FakeWoodpecker.Run, _ state: inout State, _ index: Int) -> LoopbackServer.Response {
        let answer = json(run, state.repos[index])
        var run = run
        state.tell(run, in: index)
        if run.isOpen, !state.repos[index].endings.isEmpty {
            run.mark(state.repos[index].endings.removeFirst(), now: now())
            state.tell(run, in: index)
        }
        state.repos[index].runs.append(run)
        return answer
    }

    private func change(
        _ question: FakeQuestion, _ state: inout State, _ index: Int, _ place: Int
    ) -> LoopbackServer.Response {
        var run = state.repos[index].runs[place]
        switch question.call {
        case .cancel:
            guard ["running", "pending", "blocked"].contains(run.status) else { return LoopbackServer.Response(400) }
            run.mark(run.status == "running" ? "killed" : "canceled", now: now())
            run.canceledBy = question.login
        case .approve:
            guard run.status == "blocked" else { return LoopbackServer.Response(400) }
            run.mark("pending", now: now())
        default:
            guard run.status == "blocked" else { return LoopbackServer.Response(500) }
            run.mark("declined", now: now())
        }
        state.repos[index].runs[place] = run
        state.tell(run, in: index)
        return question.call == .cancel ? LoopbackServer.Response(204) : json(run, state.repos[index])
    }
}
