import Logging
import ServiceLifecycle
import WoodpeckerClient

/// Says at the start whether Woodpecker takes the token: it answers reads with a wrong one as if there were none.
struct WoodpeckerCheck: Service {
    let client: WoodpeckerClient
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                let user = try await client.user()
                log.info(
                    "Woodpecker takes the token", metadata: ["server": "\(client.server)", "user": "\(user.login)"])
            } catch let error as WoodpeckerError {
                guard !Task.isCancelled else { return }
                log.warning("\(Self.sentence(error))", metadata: ["server": "\(client.server)", "error": "\(error)"])
            } catch {}
        }
    }

    private static func sentence(_ error: WoodpeckerError) -> String {
        switch error.kind {
        case .unauthorized, .notFoundOrNoPermission:
            "Woodpecker does not know the token of SAGA_WOODPECKER_TOKEN and treats this receiver as anonymous; "
                + "make a new token in Woodpecker's user settings"
        case .badRequest, .server, .unreachable, .unreadable:
            "Woodpecker could not be asked whether it takes the token of SAGA_WOODPECKER_TOKEN"
        }
    }
}
