/// `registry/name:tag` or `registry/name@digest`, taken apart; without a registry's host it is on Docker Hub.
package struct ImageReference: Hashable, Sendable {
    package let registry: RegistryAddress
    /// The repository, under the name that the registry's API knows.
    package let repository: String
    /// The tag or the digest.
    package let reference: String

    /// Nil where a part is missing: a name alone could mean any registry, so it has to say which.
    ///
    /// - Parameter plainHTTP: true asks a registry that is not on loopback without TLS.
    package init?(_ text: String, plainHTTP: Bool = false) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let rest = text[text.index(after: slash)...]
        guard let mark = rest.firstIndex(of: "@") ?? rest.lastIndex(of: ":") else { return nil }
        let first = text[..<slash]
        let name = rest[..<mark]
        let reference = rest[rest.index(after: mark)...]
        guard !first.isEmpty, !name.isEmpty, !reference.isEmpty, !reference.contains("/") else { return nil }
        let isHost = RegistryAddress.isHost(first)
        let usesTLS = plainHTTP && isHost ? false : nil
        registry = RegistryAddress(isHost ? String(first) : RegistryAddress.dockerHub, usesTLS: usesTLS)
        repository = registry.repository(isHost ? String(name) : "\(first)/\(name)")
        self.reference = String(reference)
    }
}
