import SagaActions
import SagaClient
import SagaCore
import SagaEngine
import SagaStore

extension Plugin {
    /// Follows a saga to its end; with a store, runs it meanwhile.
    func follow(_ id: String, in place: Place, after: Int64) async throws(Ending) -> ProgramExit {
        let first = try await asked { () throws(DeskFailure) in try await place.desk.saga(id) }
        writeOutput(first)
        let follower = wiring.follower(of: id, in: place, after: after, print: console.print)
        let limit = settings.duration(.timeout)
        let result: Follower.Result
        switch place {
        case .receiver:
            result = await follower.follow(atMost: limit, until: stop.requests())
        case .store(let ledger, _):
            let circuits = wiring.circuits(on: ledger)
            let engine = wiring.engine(for: id, on: ledger, circuits)
            result = await withTaskGroup(of: Void.self) { group in
                group.addTask { await circuits.run() }
                group.addTask {
                    await engine.run()
                    circuits.close()
                }
                let result = await follower.follow(atMost: limit, until: stop.requests())
                engine.stop()
                await group.waitForAll()
                return result
            }
        }
        switch result {
        case .ended(let saga):
            return ended(saga)
        case .timedOut:
            return try await left(id, in: place, "timed out after \(GoDuration.text(limit))")
        case .stopped:
            return try await left(id, in: place, "this step was stopped")
        case .lost(let failure):
            throw Ending(failure.exitStatus, failure.message, "saga \(id) goes on without this step")
        }
    }

    private func ended(_ saga: JSONValue) -> ProgramExit {
        writeOutput(saga)
        let isCompleted = saga["status"]?.stringValue == SagaStatus.completed.rawValue
        console.print("")
        for line in SagaText.steps(saga, now: now()).lines() { console.print(line) }
        console.print("")
        let duration = SagaText.duration(of: saga, from: "created_at", now: now()).map(SagaText.short) ?? ""
        console.print("saga \(saga["id"]?.text ?? "") \(saga["status"]?.text ?? "") after \(duration)")
        if !isCompleted {
            for line in SagaText.failure(saga) { console.print(line) }
        }
        return isCompleted ? .ok : .failed
    }

    /// Nobody waits any more, and the saga is not over.
    private func left(_ id: String, in place: Place, _ why: String) async throws(Ending) -> ProgramExit {
        var lines = ["\(why), and saga \(id) is not over: it goes on"]
        if let saga = try? await place.desk.saga(id) {
            writeOutput(saga)
            if let sentence = saga["waiting_for"]?.stringValue { lines.append("now: \(sentence)") }
            if let url = saga["url"]?.stringValue { lines.append("see \(url)") }
        }
        switch place {
        case .receiver(let desk):
            lines.append("look at it with: saga show \(id) --server \(desk.server)")
        case .store(let ledger, _):
            lines[0] += " when a receiver or a waiting plugin works on this store"
            lines.append("look at it with: saga show \(id) --store \(ledger.path)")
        }
        throw Ending(.timedOut, lines: lines)
    }

    /// Later steps read it; but the saga's result does not hang on it.
    func writeOutput(_ saga: JSONValue) {
        guard let name = saga["name"]?.stringValue else { return }
        let file = OutputFile(settings, surroundings, sagaName: name)
        do {
            try file.write(saga)
        } catch {
            console.complain("warning: the output file \(file.path) cannot be written: \(error)")
        }
    }
}
