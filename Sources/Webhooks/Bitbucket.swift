import SagaCore

/// Bitbucket Cloud: `X-Hub-Signature` with SHA-256 in it, which elsewhere is SHA-1's header.
enum BitbucketDialect: Dialect {
    static func accepts(_ mediaType: String) -> Bool { false }

    static func isAuthentic(_ delivery: Delivery, json: [UInt8]?, secret: String, now: Moment) -> Bool {
        guard let signature = delivery.header("x-hub-signature") else { return false }
        return Authenticity.isPrefixedSignature(signature, of: delivery.body, secret: secret)
    }

    static func repositories(in message: Message) -> [String] {
        [message.json.text("repository", "full_name")].compactMap { $0 }
    }

    static func deliveryID(of message: Message) -> String? {
        message.delivery.firstHeader("x-request-uuid", "x-request-id")
    }

    static func signals(in message: Message) throws(Stop) -> [Signal] {
        let event = message.delivery.firstHeader("x-event-key")
        guard event == "repo:commit_status_created" || event == "repo:commit_status_updated" else {
            throw .ignored(event.map { "event '\($0)'" } ?? "a delivery without an event's name")
        }
        let json = message.json
        let repo = try json.require("repository", "full_name")
        guard let status = json["commit_status"] else { throw .unreadable("'commit_status' is missing") }
        let commit = status.text("links", "commit", "href")?.split(separator: "/").last.map(String.init)
        return [
            CommitStatus(
                link: try message.servers.link(status.text("url")), url: status.text("url"),
                context: status.text("key"),
                status: ForgeWords.bitbucket(try status.require("state")), repo: repo,
                commit: status.text("commit", "hash") ?? commit, branch: status.text("refname"),
                at: status.moment("updated_on") ?? status.moment("created_on")
            ).signal
        ]
    }
}
