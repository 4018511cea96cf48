package import SagaCore
import Synchronization

/// A Woodpecker server on a free loopback port: repositories, pipelines, restarts and the event stream over real
/// HTTP, with faults on demand.
///
/// Pipelines do not run: tests say how they end, at once (`finish`) or for those to come (`Repo.endings`).
package final class FakeWoodpecker: Sendable {
    /// With its prefix, without a slash at the end.
    package let url: String
    let server: LoopbackServer
    let world: FakeWorld

    private init(_ server: LoopbackServer, _ world: FakeWorld) {
        self.server = server
        self.world = world
        url = server.url + world.prefix
    }

    /// A server that listens already. The caller owes it a `stop()`; `withFakeWoodpecker` does that by itself.
    ///
    /// - Parameters:
    ///   - prefix: a path below which everything lies, such as `/ci`.
    ///   - tokens: the logins of the tokens that are valid; any other one is read as nobody's.
    package static func start(
        prefix: String = "", tokens: [String: String] = ["t0ken": "ada"],
        now: @escaping @Sendable () -> Moment = FakeWorld.timeOfDay
    ) async throws -> FakeWoodpecker {
        let world = FakeWorld(prefix: prefix, tokens: tokens, now: now)
        return FakeWoodpecker(try await LoopbackServer.start { try await world.answer($0) }, world)
    }

    package func stop() async {
        await server.stop()
    }

    /// Everything that was asked, in the order of arrival.
    package var requests: [LoopbackServer.Request] { server.requests }

    /// What can be asked of the server, to count and to break it.
    package enum Call: String, Hashable, Sendable, CaseIterable {
        case user, version, lookup, repo, list, pipeline, create, restart, cancel, approve, decline, events
    }

    package enum Fault: Sendable {
        /// Nothing happens but this answer.
        case answer(Int, String = "", headers: [(String, String)] = [])
        /// Nothing happens, and the connection breaks.
        case dropBefore
        /// It happens, and the connection breaks before the caller is told.
        case dropAfter
        /// It happens, and the answer comes when `release` is called.
        case hold
    }
}

/// Runs `body` against a server that is stopped when `body` is done, however it ends.
package func withFakeWoodpecker<Answer>(
    prefix: String = "", tokens: [String: String] = ["t0ken": "ada"],
    now: @escaping @Sendable () -> Moment = FakeWorld.timeOfDay,
    _ body: (FakeWoodpecker) async throws -> Answer
) async throws -> Answer {
    let fake = try await FakeWoodpecker.start(prefix: prefix, tokens: tokens, now: now)
    do {
        let answer = try await body(fake)
        await fake.stop()
        return answer
    } catch {
        await fake.stop()
        throw error
    }
}
