import ArgumentParser
import HTTPTransport
import SagaClient
import SagaCore
import Telemetry
import WoodpeckerClient

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look whether everything that sagas need is well; exit 1 where it is not.",
        discussion: "Checks the store of --store, the receiver of --server or SAGA_SERVER with the token of "
            + "SAGA_TOKEN, and Woodpecker where SAGA_WOODPECKER_URL (and SAGA_WOODPECKER_TOKEN) name one. "
            + "Changes nothing.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let server = try place.checkedServer()
        let woodpecker = PlaceOptions.variable("SAGA_WOODPECKER_URL")
        guard place.store != nil || server != nil || woodpecker != nil else {
            throw ValidationError(
                "Say what to look at: --server URL (or SAGA_SERVER), --store FILE, or SAGA_WOODPECKER_URL.")
        }
        let http = place.client()
        var checks: [Check] = []
        if let store = place.store { checks += await StoreCheckup(path: store).checks() }
        if let server {
            checks += await ReceiverCheckup(
                server: server, token: PlaceOptions.variable("SAGA_TOKEN"), http: http, now: WallClock.now
            ).checks()
        }
        if let woodpecker { checks.append(await Self.check(woodpecker, http)) }
        let isWell = !checks.contains { $0.state == .fail }
        switch output.output {
        case .json:
            let json: JSONValue = ["ok": .bool(isWell), "checks": .array(checks.map(\.json))]
            StandardStreams.output(json.prettyJSON)
        case .text: for check in checks { StandardStreams.output(check.line) }
        }
        if !isWell { throw Ending(.failed) }
    }

    private static func check(_ url: String, _ http: CurlClient) async -> Check {
        let name = "woodpecker"
        guard HTTPAddress(url) != nil else {
            return .fail(name, "SAGA_WOODPECKER_URL is no http or https URL", cure: "write it as in CI_SYSTEM_URL")
        }
        guard let token = PlaceOptions.variable("SAGA_WOODPECKER_TOKEN") else {
            return .warn(
                name, "there is no SAGA_WOODPECKER_TOKEN: pipelines can neither be started nor read",
                cure: "make a token in Woodpecker's user settings")
        }
        do throws(WoodpeckerError) {
            let user = try await WoodpeckerClient(server: url, token: token, http: http).user()
            return .ok(name, "\(url) takes the token, as user \(user.login)")
        } catch {
            switch error.kind {
            case .unauthorized, .notFoundOrNoPermission:
                return .fail(name, error.message, cure: "make a new token in Woodpecker's user settings")
            case .badRequest, .server, .unreachable, .unreadable:
                return .fail(name, error.message, cure: "check SAGA_WOODPECKER_URL, and whether the server is up")
            }
        }
    }
}
