package import RegistryClient
import SagaCore

/// What this executor may do, and with which means. From configuration; never stored.
package struct ActionSettings: Sendable {
    /// The values of `{{ secrets.NAME }}`, by name.
    package var secrets: [String: String]
    package var allowsShell: Bool
    /// Globs of the hosts that `api` steps may call; empty: all but link-local and metadata addresses.
    package var allowedHosts: [String]
    package var woodpecker: WoodpeckerAccess?
    /// For images in registries that not everybody may read.
    package var registryLogins: RegistryLogins
    /// How often an open wait is read when no signal comes.
    package var reconcileInterval: Duration
    /// How old a read of Woodpecker may be to count for a wait that nobody signalled.
    package var readSharing: Duration = .seconds(2)
    /// Where `shell` steps start, unless they say otherwise.
    package var workingDirectory: String?
    /// What `shell` steps find in their environment, before their own `env`.
    package var environment: [String: String]

    package init(
        secrets: [String: String] = [:], allowsShell: Bool = false, allowedHosts: [String] = [],
        woodpecker: WoodpeckerAccess? = nil, registryLogins: RegistryLogins = RegistryLogins(),
        reconcileInterval: Duration = .seconds(30), workingDirectory: String? = nil, environment: [String: String] = [:]
    ) {
        self.secrets = secrets
        self.allowsShell = allowsShell
        self.allowedHosts = allowedHosts
        self.woodpecker = woodpecker
        self.registryLogins = registryLogins
        self.reconcileInterval = reconcileInterval
        self.workingDirectory = workingDirectory
        self.environment = environment
    }
}

/// A Woodpecker server that this executor can reach.
package struct WoodpeckerAccess: Sendable {
    /// The address that is called.
    package var url: String
    /// The one in links, commit statuses and `CI_SYSTEM_URL`.
    package var publicURL: String
    /// Without it signals decide by themselves.
    package var token: String?

    package init(url: String, publicURL: String? = nil, token: String?) {
        self.url = url
        self.publicURL = publicURL ?? url
        self.token = token
    }

    /// Whether this is the server that a wait names; a wait that names none means this one.
    func serves(_ server: String) -> Bool {
        server.isEmpty || ServerAddress.same(server, url) || ServerAddress.same(server, publicURL)
    }
}
