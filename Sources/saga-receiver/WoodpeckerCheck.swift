import Logging
import ServiceLifecycle
import Synchronization
import WoodpeckerClient

/// Says at the start whether Woodpecker takes the token: it answers reads with a wrong one as if there were none.
struct WoodpeckerCheck: Service {
    enum State: String, CaseIterable, Sendable {
        /// There is no token, or no server.
        case none
        /// It was not asked yet, or could not be.
        case unknown
        case accepted
        case refused
    }

    /// What came of it, for those who ask later.
    final class Result: Sendable {
        private let found: Mutex<(state: State, user: String?, error: String?)>

        init(_ state: State) {
            found = Mutex((state, nil, nil))
        }

        var current: (state: State, user: String?, error: String?) { found.withLock { $0 } }

        fileprivate func became(_ state: State, user: String? = nil, error: String? = nil) {
            found.withLock { $0 = (state, user, error) }
        }
    }

    let client: WoodpeckerClient
    let result: Result
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                let user = try await client.user()
                result.became(.accepted, user: user.login)
                log.info(
                    "Woodpecker takes the token", metadata: ["server": "\(client.server)", "user": "\(user.login)"])
            } catch let error as WoodpeckerError {
                guard !Task.isCancelled else { return }
                result.became(Self.state(error), error: Self.sentence(error))
                log.warning("\(Self.sentence(error))", metadata: ["server": "\(client.server)", "error": "\(error)"])
            } catch {}
        }
    }

    private static func state(_ error: WoodpeckerError) -> State {
        switch error.kind {
        case .unauthorized, .notFoundOrNoPermission: .refused
        case .badRequest, .server, .unreachable, .unreadable: .unknown
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
