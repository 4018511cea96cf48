import SagaClient
import SagaCore
import WoodpeckerClient

/// What becomes of the saga of a pipeline that was restarted.
extension Plugin {
    enum Restart {
        /// Go on with this saga, whose journal was told up to `after`.
        case attach(id: String, after: Int64)
        case startAnew(previous: String)
    }

    /// What `on_restart` makes of the saga that an earlier run of this pipeline had; nil where there is none.
    func previous(in place: Place) async throws(Ending) -> Restart? {
        guard settings.onRestart != .new, let (saga, parent) = try await inherited(in: place),
            let id = saga["id"]?.stringValue
        else { return nil }
        let status = saga["status"]?.text ?? ""
        let what = "this pipeline restarts pipeline \(parent), which had saga \(id), now \(status)"
        if settings.onRestart == .fail { throw Ending(.failed, what + "; 'on_restart' is 'fail'") }
        switch SagaStatus(rawValue: status) {
        case .pending, .running, .compensating, nil:
            console.print(what + ": going on with it")
            await inherit(id, in: place)
            return .attach(id: id, after: 0)
        case .failed, .compensationFailed:
            let after = try await lastEntry(of: id, in: place)
            await inherit(id, in: place)
            do throws(DeskFailure) {
                _ = try await place.desk.operate(
                    .retry(force: false), on: id, reason: "pipeline \(parent) was restarted")
            } catch {
                throw Ending(error.exitStatus, what + ", and cannot be retried: " + error.message)
            }
            console.print(what + ": retrying it")
            return .attach(id: id, after: after)
        case .completed, .compensated:
            console.print(what + ": starting a new one")
            return .startAnew(previous: id)
        }
    }

    /// The saga of the nearest earlier run that had one, and that run's number.
    private func inherited(in place: Place) async throws(Ending) -> (saga: JSONValue, pipeline: String)? {
        guard let parent = surroundings.parent else { return nil }
        if let key = settings.text(.idempotencyKey) {
            return try await saga(of: key, in: place).map { ($0, parent) }
        }
        guard let key = surroundings.idempotencyKey(ofPipeline: parent) else { return nil }
        if let found = try await saga(of: key, in: place) { return (found, parent) }
        // The run in between may never have come to its saga step; only Woodpecker knows what it restarted.
        for number in await ancestors(of: parent) {
            if let key = surroundings.idempotencyKey(ofPipeline: number), let found = try await saga(of: key, in: place)
            {
                return (found, number)
            }
        }
        return nil
    }

    private func saga(of key: String, in place: Place) async throws(Ending) -> JSONValue? {
        try await asked { () throws(DeskFailure) in try await place.desk.saga(withIdempotencyKey: key) }
    }

    /// From now on the saga is found under this pipeline's key too, so that the next restart finds it.
    private func inherit(_ id: String, in place: Place) async {
        guard !settings.isGiven(.idempotencyKey), let key = surroundings.idempotencyKey else { return }
        do throws(DeskFailure) {
            try await place.desk.addKey(key, to: id)
        } catch {
            console.complain("warning: a restart of this pipeline will not find saga \(id): \(error.message)")
        }
    }

    /// How many restarts in a row are followed through Woodpecker.
    private static let mostAncestors = 20

    /// The pipelines that a pipeline is a restart of, nearest first; none where there is no token to ask with.
    private func ancestors(of pipeline: String) async -> [String] {
        guard let client = wiring.woodpecker, let name = surroundings["CI_REPO"], var number = Int64(pipeline) else {
            return []
        }
        var found: [String] = []
        do throws(WoodpeckerError) {
            let repo = try await client.repo(name)
            while found.count < Self.mostAncestors {
                guard let parent = try await client.pipeline(repoID: repo.id, number: number).parent, parent < number
                else { break }
                found.append(String(parent))
                number = parent
            }
        } catch {
            console.complain("warning: what pipeline \(number) was a restart of cannot be asked: \(error.message)")
        }
        return found
    }
}
