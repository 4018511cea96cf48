import SagaCore

/// Names the fact a delivery states, the same for every delivery of it.
///
/// Gitea and Forgejo redeliver under a new id, and a repository's hook beside its owner's tells everything twice; the
/// sender's own time of the fact keeps a re-run apart.
enum SemanticKey {
    static func of(_ signals: [Signal], sender: Sender, deliveryID: String?) -> String {
        signals.map { signal in
            let fields: [String?] = [
                sender.rawValue, signal.kind.rawValue, signal.server, signal.repo.lowercased(),
                signal.number.map(String.init), signal.repoID.map(String.init), signal.id.map(String.init),
                signal.workflow, signal.workflowNumber.map(String.init), signal.step, signal.image, signal.digest,
                signal.commit, signal.status, signal.at?.description ?? deliveryID,
            ]
            return fields.map { $0 ?? "" }.joined(separator: "|")
        }.joined(separator: "\n")
    }
}
