import HTTPTransport
import Logging
import RegistryClient
import SagaClient
import SagaCore

extension Plugin {
    /// Looks whether a build could push: one line a registry, and a failed step if one of them says no.
    func preflight() async throws(Ending) -> ProgramExit {
        let registries: RegistrySettings
        do {
            registries = try RegistrySettings(settings, surroundings)
        } catch {
            throw Ending(.misuse, lines: error.problems)
        }
        if settings.flag(.dryRun) { return wouldDo("check " + registries.targets.map(\.name).joined(separator: ", ")) }
        let preflight = Preflight(
            logins: registries.logins, http: wiring.http, patience: settings.timeout, now: now,
            log: wiring.log)
        return await withTaskGroup(of: (Int, Preflight.Finding).self) { group in
            for (index, target) in registries.targets.enumerated() {
                group.addTask { (index, await preflight.check(target)) }
            }
            var findings: [Int: Preflight.Finding] = [:]
            var told = 0
            for await (index, finding) in group {
                findings[index] = finding
                // In the order of the setting, each as soon as those before it are told.
                while let next = findings[told] {
                    console.print(next.line)
                    told += 1
                }
            }
            return findings.values.allSatisfy(\.isGood) ? .ok : .failed
        }
    }
}

/// Asks one registry until it answers for good, or the time is up.
struct Preflight: Sendable {
    let logins: RegistryLogins
    let http: any HTTPClient
    let patience: Duration
    let now: @Sendable () -> Moment
    let log: Logger

    struct Finding: Sendable {
        var isGood: Bool
        var line: String
    }

    /// One request takes no longer, so that a registry that hangs is asked more than once.
    private static let requestTimeout: Duration = .seconds(10)
    private static let longestPause: Duration = .seconds(5)

    func check(_ target: RegistryTarget) async -> Finding {
        let client = RegistryClient(
            target.address, http: http, login: logins[target.address], timeout: min(Self.requestTimeout, patience))
        let end = now() + patience
        var pause: Duration = .milliseconds(500)
        var tries = 0
        while true {
            tries += 1
            do throws(RegistryRefusal) {
                let standing = try await client.check(repository: target.repository, now: now())
                let push = target.repository == nil ? "" : "; push allowed"
                return Finding(isGood: true, line: "\(target.name): ok: \(standing.words)\(push)")
            } catch {
                pause = max(error.retryAfter ?? .zero, min(pause * 2, Self.longestPause))
                let goesOn = error.isPassing && now() + pause < end
                guard goesOn, (try? await Task.sleep(for: pause)) != nil else {
                    let effort = error.isPassing ? " (tried \(tries == 1 ? "once" : "\(tries) times"))" : ""
                    return Finding(isGood: false, line: "\(target.name): failed: \(error.message)\(effort)")
                }
                log.info("\(target.name): \(error.message); asking again")
            }
        }
    }
}
