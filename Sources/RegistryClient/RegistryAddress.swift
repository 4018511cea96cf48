/// Where a container registry is: what images are named after, and what is called.
package struct RegistryAddress: Hashable, Sendable {
    /// `host` or `host:port` in lower case, as in image names; `docker.io` for Docker Hub under any of its names.
    package let host: String
    package let usesTLS: Bool

    /// - Parameters:
    ///   - host: `host` or `host:port`.
    ///   - usesTLS: nil for what Docker does: plain HTTP on loopback, HTTPS everywhere else.
    package init(_ host: String, usesTLS: Bool? = nil) {
        let name = host.lowercased()
        self.host = Self.dockerHubNames.contains(name) ? Self.dockerHub : name
        self.usesTLS = usesTLS ?? !Self.isOnLoopback(name)
    }

    /// Docker Hub's name in images. Its API is elsewhere.
    package static let dockerHub = "docker.io"
    private static let dockerHubNames: Set<String> = ["docker.io", "index.docker.io", "registry-1.docker.io"]

    /// Where its API is, without a slash at the end.
    package var url: String {
        (usesTLS ? "https://" : "http://") + (host == Self.dockerHub ? "registry-1.docker.io" : host)
    }

    /// The repository under the name that the API knows: Docker Hub's own images live in `library`.
    package func repository(_ name: String) -> String {
        host == Self.dockerHub && !name.contains("/") ? "library/" + name : name
    }

    package static func isOnLoopback(_ host: String) -> Bool {
        let name = host.split(separator: ":").first.map(String.init) ?? ""
        let octets = name.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
        return name == "localhost" || isIPv4 && octets.first == "127" || host.hasPrefix("[::1]")
    }

    /// Whether the first part of an image's name is a registry rather than an account of Docker Hub: Docker's rule.
    package static func isHost(_ text: some StringProtocol) -> Bool {
        text == "localhost" || text.contains(".") || text.contains(":")
    }
}
