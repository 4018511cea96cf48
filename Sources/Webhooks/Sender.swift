/// Who may post to `/webhooks/<sender>`; the path names the sender, since forges imitate each other's headers.
package enum Sender: String, CaseIterable, Hashable, Sendable {
    case gitea
    case forgejo
    case github
    case gitlab
    case bitbucket
    /// A CNCF Distribution registry.
    case registry
    case harbor
    /// The project's own signal JSON, or CDEvents.
    case generic

    /// The configuration variable that holds this sender's secrets.
    package var secretVariable: String { "SAGA_WEBHOOK_\(rawValue.uppercased())_SECRET" }

    var dialect: any Dialect.Type {
        switch self {
        case .gitea: GiteaDialect.self
        case .forgejo: ForgejoDialect.self
        case .github: GitHubDialect.self
        case .gitlab: GitLabDialect.self
        case .bitbucket: BitbucketDialect.self
        case .registry: DistributionDialect.self
        case .harbor: HarborDialect.self
        case .generic: GenericDialect.self
        }
    }
}
