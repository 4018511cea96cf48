import Glibc
import HTTPTransport
import Logging
import SagaClient
import SagaCore
import Telemetry
import UnixSignals

/// Arguments first, for people at a terminal; a pipeline gives none.
func answerArguments(_ console: Console) -> ProgramExit? {
    switch CommandLine.arguments.dropFirst().first {
    case nil: return nil
    case "--help", "-h": console.print(Help.text)
    case "--version": console.print(Program.version)
    case "--settings-table": console.print(Help.markdown)
    case let argument?:
        console.complain("saga-plugin takes no argument '\(argument)': settings are PLUGIN_* variables, see --help")
        return .misuse
    }
    return .ok
}

func runPlugin(_ console: Console) async -> ProgramExit {
    let surroundings = Surroundings.ofProcess()
    var problems: [String] = []
    do {
        let settings = try Settings(environment: surroundings.environment)
        problems = Requirements.problems(settings, surroundings)
        if problems.isEmpty { return await run(settings, surroundings, console) }
    } catch {
        problems = error.problems
    }
    for problem in problems { console.complain("configuration: \(problem)") }
    return .misuse
}

func run(_ settings: Settings, _ surroundings: Surroundings, _ console: Console) async -> ProgramExit {
    let http = CurlClient(
        userAgent: "saga-plugin/" + Program.version,
        options: .init(caFile: settings.text(.caFile), skipVerify: settings.flag(.skipVerify)),
        environment: surroundings.environment)
    LogSettings(level: LogLevels.level(settings.text(.logLevel) ?? "")).bootstrap()
    let stop = Stop()
    let plugin = Plugin(
        settings: settings, surroundings: surroundings,
        wiring: Wiring(settings: settings, surroundings: surroundings, http: http, log: Logger(label: "saga-plugin")),
        console: console, now: WallClock.now, stop: stop)
    return await withTaskGroup(of: Void.self) { group in
        group.addTask {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) where !stop.ring() {
                console.complain("stopped")
                exit(ProgramExit.timedOut.rawValue)
            }
        }
        let status = await plugin.run()
        group.cancelAll()
        return status
    }
}

let console = Console.process
if let status = answerArguments(console) { exit(status.rawValue) }
exit(await runPlugin(console).rawValue)
