import HTTPTransport
import Logging
import SagaClient
import SagaCore
import SagaDefinitions

/// One run of the plugin: settings in, work done, an exit status out.
struct Plugin: Sendable {
    let settings: Settings
    let surroundings: Surroundings
    let wiring: Wiring
    let console: Console
    let now: @Sendable () -> Moment
    let stop: Stop

    func run() async -> ProgramExit {
        do throws(Ending) {
            return try await act()
        } catch {
            for line in error.lines { console.complain(line) }
            return error.status
        }
    }

    private func act() async throws(Ending) -> ProgramExit {
        switch settings.action {
        case .validate:
            return try validate()
        case .preflight:
            return try await preflight()
        case .start:
            let source = try DefinitionSource(settings.text(.saga) ?? "", in: surroundings)
            if settings.flag(.dryRun) { return try dryStart(source) }
            return try await inPlace { place throws(Ending) in try await start(source, in: place) }
        case .wait:
            let id = try sagaID()
            if settings.flag(.dryRun) { return wouldDo("wait for saga \(id)") }
            return try await inPlace { place throws(Ending) in try await follow(id, in: place, after: 0) }
        case .notify:
            return try await notify()
        case .retry where settings.isGiven(.pipeline):
            return try await restartPipeline()
        case .retry:
            return try await operate(.retry(force: false), follows: settings.flag(.wait))
        case .cancel:
            return try await operate(.cancel, follows: settings.flag(.wait))
        case .approve:
            return try await operate(.approve(step: settings.text(.step) ?? ""), follows: settings.flag(.wait))
        case .reject:
            return try await operate(.reject(step: settings.text(.step) ?? ""), follows: settings.flag(.wait))
        }
    }

    func inPlace(_ work: (Place) async throws(Ending) -> ProgramExit) async throws(Ending) -> ProgramExit {
        let place = try await wiring.open()
        do throws(Ending) {
            let status = try await work(place)
            await place.close()
            return status
        } catch {
            await place.close()
            throw error
        }
    }

    func asked<Answer>(_ question: () async throws(DeskFailure) -> Answer) async throws(Ending) -> Answer {
        do throws(DeskFailure) {
            return try await question()
        } catch {
            throw Ending(error)
        }
    }

    func wouldDo(_ what: String) -> ProgramExit {
        console.print("dry run: would \(what)")
        return .ok
    }

    private func operate(_ operation: Operation, follows: Bool) async throws(Ending) -> ProgramExit {
        let id = try sagaID()
        if settings.flag(.dryRun) { return wouldDo("\(operation.name) saga \(id)") }
        return try await inPlace { place throws(Ending) in
            let told = follows ? try await lastEntry(of: id, in: place) : 0
            let saga = try await asked { () throws(DeskFailure) in
                try await place.desk.operate(operation, on: id, reason: settings.text(.reason))
            }
            console.print("\(operation.name): saga \(id) is \(saga["status"]?.text ?? "")")
            return follows ? try await follow(id, in: place, after: told) : .ok
        }
    }

    /// The newest entry of a saga's journal; what comes after it is news.
    func lastEntry(of id: String, in place: Place) async throws(Ending) -> Int64 {
        try await asked { () throws(DeskFailure) in
            try await place.desk.wholeJournal(of: id).last?["id"]?.intValue ?? 0
        }
    }

    private func notify() async throws(Ending) -> ProgramExit {
        let signal: Signal
        do {
            signal = try Notice.signal(settings, surroundings, at: now())
        } catch {
            throw Ending(.misuse, lines: error.problems)
        }
        if settings.flag(.dryRun) { return wouldDo("tell that \(Notice.sentence(signal))") }
        return try await inPlace { place throws(Ending) in
            let woken = try await asked { () throws(DeskFailure) in try await place.desk.deliver(signal) }
            let names = woken.map { "\($0["saga"]?.text ?? "")/\($0["step"]?.text ?? "")" }
            console.print(
                "told: \(Notice.sentence(signal)); "
                    + (names.isEmpty ? "nothing waits for it now" : "woke " + names.joined(separator: ", ")))
            return .ok
        }
    }

    /// The setting `id`, or what an earlier step's output file says.
    private func sagaID() throws(Ending) -> String {
        if let id = settings.text(.id) { return id }
        let source = try? DefinitionSource(settings.text(.saga) ?? "", in: surroundings)
        let name = source.flatMap { try? $0.read().definition.name }
        if settings.isGiven(.output) || name != nil {
            let file = OutputFile(settings, surroundings, sagaName: name ?? "")
            if let id = file.sagaID { return id }
            throw Ending(
                .misuse,
                "action '\(settings.action.rawValue)' needs the setting 'id', since no earlier step left one in \(file.path)"
            )
        }
        throw Ending(
            .misuse,
            "action '\(settings.action.rawValue)' needs the setting 'id', or 'output' of the step that started it")
    }
}
