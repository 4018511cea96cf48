import SagaClient
import SagaCore
import SagaDefinitions

extension Plugin {
    /// Starts a saga, or goes on with the one that an earlier run of this pipeline started.
    func start(_ source: DefinitionSource, in place: Place) async throws(Ending) -> ProgramExit {
        var order = StartOrder(
            definition: source.text, vars: settings.map(.vars), origin: surroundings.origin,
            idempotencyKey: settings.text(.idempotencyKey) ?? surroundings.idempotencyKey)
        do throws(DefinitionProblems) {
            let checked = try source.read()
            for line in source.lines(ofWarnings: checked.warnings) { console.complain(line) }
        } catch {
            // A receiver may be newer and know more than this plugin: there, its word counts.
            if case .store = place { throw Ending(.misuse, lines: source.lines(error)) }
        }
        warnOfSecrets()
        if let restart = try await previous(in: place) {
            switch restart {
            case .attach(let id, let after):
                return try await goOn(with: id, in: place, after: after)
            case .startAnew(let previous):
                order.origin.previous = previous
            }
        }
        let started: StartedSaga
        do throws(DeskFailure) {
            started = try await place.desk.start(order)
        } catch {
            throw Ending(error, file: source.file)
        }
        let id = started.saga["id"]?.text ?? ""
        console.print(
            started.isReplay
                ? "saga \(id) was started before with the same idempotency key" : "started saga \(id)")
        if let url = started.saga["url"]?.stringValue { console.print("see \(url)") }
        return try await goOn(with: id, in: place, after: 0)
    }

    private func goOn(with id: String, in place: Place, after: Int64) async throws(Ending) -> ProgramExit {
        if settings.flag(.wait) { return try await follow(id, in: place, after: after) }
        let saga = try await asked { () throws(DeskFailure) in try await place.desk.saga(id) }
        writeOutput(saga)
        console.print(
            "saga \(id) is \(saga["status"]?.text ?? "")"
                + (saga["waiting_for"]?.stringValue.map { ": \($0)" } ?? ""))
        return .ok
    }

    /// Secrets that have no effect, and short ones: those cannot be hidden in outputs without hiding half of every text.
    private func warnOfSecrets() {
        if settings.text(.receiver) != nil, !settings.map(.secrets).isEmpty {
            console.complain(
                "warning: 'secrets' serve a plugin that runs the saga itself, over a 'store'; a receiver takes its own "
                    + "from SAGA_SECRET_<NAME>")
        }
        for (name, value) in settings.map(.secrets).sorted(by: { $0.key < $1.key }) where value.text.count < 6 {
            console.complain("warning: secret '\(name)' is shorter than 6 characters, so it is not masked in outputs")
        }
    }
}
