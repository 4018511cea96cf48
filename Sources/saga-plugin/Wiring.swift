import HTTPTransport
import Logging
import RegistryClient
import SagaActions
import SagaClient
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import Telemetry
import WoodpeckerClient

/// Where the sagas are: a receiver, or a store file that this process opens.
enum Place: Sendable {
    case receiver(RemoteSagas)
    case store(SQLiteLedger, StoreSagas)

    var desk: any SagaDesk {
        switch self {
        case .receiver(let desk): desk
        case .store(_, let desk): desk
        }
    }

    func close() async {
        switch self {
        case .receiver: break
        case .store(let ledger, _): await ledger.close()
        }
    }
}

/// Joins the rooms by what the settings say.
struct Wiring: Sendable {
    let settings: Settings
    let surroundings: Surroundings
    let http: any HTTPClient
    let log: Logger

    /// For how long a receiver that does not answer is asked again, unless the setting `timeout` is shorter.
    static let patience: Duration = .seconds(60)
    /// The same while following: a receiver that is restarted or moved should not break the step.
    static let followingPatience: Duration = .seconds(300)

    func open() async throws(Ending) -> Place {
        if let server = settings.text(.receiver) {
            return .receiver(remote(server, min(Self.patience, settings.duration(.timeout))))
        }
        let read: @Sendable (String) throws -> Definition = { try DefinitionReader.read($0).definition }
        do {
            let ledger = try await SQLiteLedger(path: surroundings.path(settings.text(.store) ?? ""), read: read)
            let desk = StoreSagas(Sagas(ledger: ledger, now: WallClock.now), actor: surroundings.actor, read: read) {
                ($0 as? StoreError)?.message ?? "\($0)"
            }
            return .store(ledger, desk)
        } catch {
            throw Ending(.unreachable, error.message)
        }
    }

    func follower(of id: String, in place: Place, after: Int64, print: @escaping @Sendable (String) -> Void) -> Follower
    {
        let desk = place.desk.patient(Self.followingPatience)
        return Follower(desk: desk, id: id, after: after, interval: .seconds(1)) { if let line = $1 { print(line) } }
    }

    /// The engine of a plugin that waits: it works for that saga alone, and may run shell steps.
    func engine(for saga: String, on ledger: SQLiteLedger, _ circuits: CircuitJournal) -> Engine {
        let router = ActionRouter(
            settings: actionSettings, http: http, breakers: CircuitBreakers(changed: circuits.changed),
            now: WallClock.now)
        let executor = Executor(
            id: IDs().next(at: WallClock.now()), name: "plugin on \(surroundings.hostName)", allowsShell: true,
            saga: saga)
        // A container that is stopped gets ten seconds by default; what cannot end in five is given back.
        return Engine(
            ledger: ledger, runner: router, executor: executor, options: .init(gracePeriod: .seconds(5)),
            now: WallClock.now,
            log: log)
    }

    /// Tells of circuits in the log and in the journal of the saga.
    func circuits(on ledger: SQLiteLedger) -> CircuitJournal {
        CircuitJournal(
            ledger: ledger, now: WallClock.now,
            listeners: [
                { [log] host, from, to in
                    log.log(
                        level: to == .open ? .warning : .info, "circuit changed",
                        metadata: ["host": "\(host)", "from": "\(from.rawValue)", "to": "\(to.rawValue)"])
                }
            ])
    }

    /// Nil without a token, or without an address.
    var woodpecker: WoodpeckerClient? {
        guard let token = settings.text(.woodpeckerToken), let url = woodpeckerURL else { return nil }
        return WoodpeckerClient(server: url, token: token, http: http)
    }

    private var woodpeckerURL: String? { settings.text(.woodpeckerURL) ?? surroundings["CI_SYSTEM_URL"] }

    private var actionSettings: ActionSettings {
        let url = woodpeckerURL
        return ActionSettings(
            secrets: settings.map(.secrets).mapValues(\.text), allowsShell: true,
            woodpecker: url.map { url in
                WoodpeckerAccess(
                    url: url, publicURL: surroundings["CI_SYSTEM_URL"], token: settings.text(.woodpeckerToken))
            },
            registryLogins: (try? RegistrySettings(settings, surroundings))?.logins ?? RegistryLogins(),
            workingDirectory: surroundings.workspace, environment: surroundings.forShell)
    }

    private func remote(_ server: String, _ patience: Duration) -> RemoteSagas {
        RemoteSagas(
            server: server, token: settings.text(.token), http: http, patience: patience,
            onRetry: { log.warning("\($0)") })
    }
}
