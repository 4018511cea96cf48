import SagaCore

/// A pipeline's page, `{HOST}/repos/{repo_id}/pipeline/{number}[/{workflow number}]`: what a commit status links to.
///
/// The link, not the status context, says which pipeline is meant: administrators may reword the context, and it is
/// the same for every run of a commit.
struct WoodpeckerLink: Hashable {
    /// Everything before `/repos/…`; the host may stand under a path of its own.
    var server: String
    var repoID: Int64
    var number: Int64
    var workflowNumber: Int64?

    init?(_ url: String) {
        guard let schemeEnd = url.firstRange(of: "://"),
            ["http", "https"].contains(url[..<schemeEnd.lowerBound].lowercased())
        else { return nil }
        let path = url[schemeEnd.upperBound...].prefix { $0 != "?" && $0 != "#" }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        while parts.last?.isEmpty == true { parts.removeLast() }
        for start in [parts.count - 4, parts.count - 5] {
            guard start >= 1, !parts[0].isEmpty, parts[start] == "repos", parts[start + 2] == "pipeline",
                let repoID = Self.number(parts[start + 1]), let number = Self.number(parts[start + 3])
            else { continue }
            workflowNumber = parts.count > start + 4 ? Self.number(parts[start + 4]) : nil
            guard parts.count == start + 4 || workflowNumber != nil else { continue }
            self.repoID = repoID
            self.number = number
            let prefix = parts[..<start].joined(separator: "/")
            server = ServerAddress.normalized(String(url[..<schemeEnd.upperBound]) + prefix)
            return
        }
        return nil
    }

    private static func number(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(text), number > 0 else { return nil }
        return number
    }
}

/// The Woodpecker addresses whose statuses count; with none named, all do.
struct WoodpeckerServers {
    var known: [String]

    func link(_ url: String?) throws(Stop) -> WoodpeckerLink {
        guard let url else { throw .ignored("the status links to nothing, so it names no pipeline") }
        guard let link = WoodpeckerLink(url) else { throw .ignored("the link is no Woodpecker pipeline's") }
        guard known.isEmpty || known.contains(where: { ServerAddress.same($0, link.server) }) else {
            throw .ignored("the link belongs to a Woodpecker that is not configured here: \(link.server)")
        }
        return link
    }
}
