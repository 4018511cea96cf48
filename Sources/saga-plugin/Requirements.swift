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
            return pipelineProblems(settings, surroundings)
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

    /// What restarting a pipeline needs: a receiver, or Woodpecker itself.
    private static func pipelineProblems(_ settings: Settings, _ surroundings: Surroundings) -> [String] {
        var problems: [String] = []
        if !settings.isGiven(.pipeline) {
            problems.append("action 'retry' with 'repo' needs the setting 'pipeline', its number")
        }
        if !settings.isGiven(.repo), surroundings["CI_REPO"] == nil {
            problems.append("action 'retry' with 'pipeline' needs the setting 'repo', as owner/name")
        }
        if settings.isGiven(.id) {
            problems.append("action 'retry' takes a saga's 'id', or 'repo' and 'pipeline', not both")
        }
        if settings.flag(.wait) {
            problems.append(
                "'wait' follows a saga; a pipeline that is restarted is followed by the sagas that wait for it")
        }
        if settings.isGiven(.receiver) { return problems + placeProblems(settings) }
        if !settings.isGiven(.woodpeckerToken) {
            problems.append(
                "restarting a pipeline needs the setting 'receiver' with its 'token', or 'woodpecker_token': a personal "
                    + "token from Woodpecker's user settings, given with from_secret")
        }
        let url = settings.text(.woodpeckerURL) ?? surroundings["CI_SYSTEM_URL"]
        if url.flatMap({ HTTPAddress($0) }) == nil {
            problems.append("setting 'woodpecker_url' must be the http or https URL of the Woodpecker server")
        }
        return problems
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
