import HTTPTransport
import SagaCore

/// What an action needs of the settings and of the pipeline, checked before anything is done.
enum Requirements {
    /// Every problem in words; empty when all is well.
    static func problems(_ settings: Settings, _ surroundings: Surroundings) -> [String] {
        var problems: [String] = []
        switch settings.action {
        case .validate:
            return []
        case .preflight:
            return registryProblems(settings, surroundings)
        case .retry where settings.isGiven(.repo) || settings.isGiven(.pipeline):
            return ["action 'retry' with 'repo' and 'pipeline' is not supported by this version; give the saga's 'id'"]
        case .approve, .reject:
            if !settings.isGiven(.step) {
                problems.append("action '\(settings.action.rawValue)' needs the setting 'step'")
            }
        case .notify:
            do {
                _ = try Notice.signal(settings, surroundings, at: Moment(milliseconds: 0))
            } catch {
                problems += error.problems
            }
        case .start, .wait, .retry, .cancel:
            break
        }
        return problems + placeProblems(settings) + registryProblems(settings, surroundings)
    }

    private static func registryProblems(_ settings: Settings, _ surroundings: Surroundings) -> [String] {
        do {
            let registries = try RegistrySettings(settings, surroundings)
            guard settings.action == .preflight, registries.targets.isEmpty else { return [] }
            return ["action 'preflight' needs the setting 'registries'"]
        } catch {
            return error.problems
        }
    }

    private static func placeProblems(_ settings: Settings) -> [String] {
        guard settings.isGiven(.store) != settings.isGiven(.receiver) else {
            return [
                settings.isGiven(.store)
                    ? "give one of 'store' and 'receiver', not both"
                    : "one of 'store' (a path on a mounted volume) and 'receiver' (a URL) is needed"
            ]
        }
        guard let receiver = settings.text(.receiver) else { return [] }
        guard let address = HTTPAddress(receiver) else {
            return ["setting 'receiver' must be an absolute http or https URL"]
        }
        let isLoopback = address.host == "localhost" || address.host == "[::1]" || address.host.hasPrefix("127.")
        return isLoopback || settings.isGiven(.token)
            ? [] : ["setting 'token' is needed for a receiver that is not on loopback"]
    }
}
