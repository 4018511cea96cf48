extension Wait {
    /// What is awaited, as the rest of a sentence that begins with "waits for".
    package var title: String {
        switch subject {
        case .sleep(let until): "\(until) (sleep)"
        case .approval(let message, let approvers):
            "an approval" + (approvers.isEmpty ? "" : " by " + approvers.joined(separator: " or "))
                + (message.isEmpty ? "" : ": \(message)")
        case .pipeline(let pipeline): pipeline.title
        case .image(let image): "image \(image.image)"
        }
    }
}
