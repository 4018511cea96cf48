import SagaClient
import SagaCore
import WoodpeckerClient

extension Plugin {
    /// Restarts a pipeline: through the receiver where there is one, else in Woodpecker itself.
    func restartPipeline() async throws(Ending) -> ProgramExit {
        let repo = settings.text(.repo) ?? surroundings["CI_REPO"] ?? ""
        let number = settings.number(.pipeline) ?? 0
        if settings.flag(.dryRun) { return wouldDo("restart pipeline \(repo)#\(number)") }
        if settings.isGiven(.receiver) {
            return try await inPlace { place throws(Ending) in
                guard case .receiver(let desk) = place else { return .misuse }
                let answer = try await asked { () throws(DeskFailure) in
                    try await desk.restartPipeline(number, of: repo, reason: settings.text(.reason))
                }
                let followers = (answer["sagas"]?.arrayValue ?? []).map { saga in
                    (saga["id"]?.text ?? "")
                        + (saga["steps"]?.arrayValue?.map { "/" + $0.text }.joined(separator: ",") ?? "")
                }
                return told(repo, number, as: answer["number"]?.intValue, answer["url"]?.stringValue, followers)
            }
        }
        let (run, signal) = try await restartedInWoodpecker(number, of: repo)
        guard settings.isGiven(.store) else { return told(repo, number, as: run.number, signal.url, nil) }
        return try await inPlace { place throws(Ending) in
            let woken = try await asked { () throws(DeskFailure) in try await place.desk.deliver(signal) }
            let followers = woken.map { "\($0["saga"]?.text ?? "")/\($0["step"]?.text ?? "")" }
            return told(repo, number, as: run.number, signal.url, followers)
        }
    }

    private func told(
        _ repo: String, _ parent: Int64, as number: Int64?, _ url: String?, _ followers: [String]?
    ) -> ProgramExit {
        console.print("restarted pipeline \(repo)#\(parent) as #\(number ?? 0)")
        if let url { console.print("see \(url)") }
        if let followers {
            console.print(
                followers.isEmpty ? "no saga waits for it" : "followed by saga " + followers.joined(separator: ", "))
        }
        return .ok
    }

    private func restartedInWoodpecker(_ number: Int64, of repo: String) async throws(Ending) -> (Pipeline, Signal) {
        guard let client = wiring.woodpecker else {
            throw Ending(.misuse, "restarting a pipeline needs the settings 'woodpecker_url' and 'woodpecker_token'")
        }
        do throws(WoodpeckerError) {
            let found = try await client.repo(repo)
            let run = try await client.restartOnce(repoID: found.id, number: number)
            let server = surroundings["CI_SYSTEM_URL"] ?? client.server
            return (run, run.signal(server: server, repo: found, parent: number))
        } catch {
            throw Ending(error)
        }
    }
}

extension Ending {
    /// What Woodpecker said, with the cure.
    fileprivate init(_ error: WoodpeckerError) {
        switch error.kind {
        case .notFoundOrNoPermission:
            self.init(
                .failed, error.message,
                "check 'repo' and 'pipeline', and that the user of 'woodpecker_token' may push to the repository")
        case .badRequest:
            self.init(
                .failed, error.message,
                "a pipeline that waits for approval has to be approved or declined in Woodpecker")
        case .unauthorized:
            self.init(
                .unreachable, error.message,
                "make a new token in Woodpecker's user settings and give it as 'woodpecker_token'")
        case .server, .unreachable, .unreadable:
            let mayHaveHappened = error.class == .unknown
            self.init(
                .unreachable, error.message,
                mayHaveHappened ? "it may have been restarted: look there before you run this again" : "try again")
        }
    }
}
