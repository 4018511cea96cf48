import HTTPTransport
import RegistryClient

/// One entry of the setting `registries`: a registry, and the repository in it that will be pushed to, if it says so.
struct RegistryTarget: Hashable, Sendable {
    /// As it is shown: without a login that stands in it.
    let name: String
    let address: RegistryAddress
    let repository: String?
    /// `user:password@` before the host.
    let login: RegistryLogin?

    /// Takes `host`, `host/repository`, both also with `https://` or `http://`, and `account/repository` of Docker
    /// Hub. Nil for anything else.
    init?(_ entry: String) {
        let scheme = ["https://", "http://"].first(where: entry.hasPrefix)
        let rest = entry.dropFirst(scheme?.count ?? 0)
        let authority = rest.prefix { $0 != "/" }
        let at = authority.lastIndex(of: "@")
        let host = String(at.map { authority[authority.index(after: $0)...] } ?? authority)
        let path = Self.repository(rest.dropFirst(authority.count))
        if let at {
            guard let login = Self.login(authority[..<at]) else { return nil }
            self.login = login
        } else {
            login = nil
        }
        guard path.allSatisfy({ Self.nameCharacters.contains($0) }), !path.hasPrefix("/"), !path.contains("//")
        else { return nil }
        // Docker's rule for names; an entry that is a host alone, or that has a scheme, can mean nothing else.
        let isAccount = scheme == nil && at == nil && !path.isEmpty && !RegistryAddress.isHost(host)
        guard HTTPAddress("https://" + host) != nil, host.last != ":",
            !isAccount || host.allSatisfy(Self.nameCharacters.contains)
        else {
            return nil
        }
        address = RegistryAddress(
            isAccount ? RegistryAddress.dockerHub : host, usesTLS: scheme.map { $0 == "https://" })
        repository = isAccount ? "\(host)/\(path)" : path.isEmpty ? nil : path
        name = address.host + (repository.map { "/" + $0 } ?? "")
    }

    private static let nameCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789._-/")

    /// `v1` and `v2` are the API's own addresses; a tag is not part of the repository.
    private static func repository(_ path: Substring) -> String {
        var name = path.dropFirst()
        while name.last == "/" { name.removeLast() }
        if name == "v1" || name == "v2" { return "" }
        if let digest = name.firstIndex(of: "@") { name = name[..<digest] }
        let last = name.lastIndex(of: "/") ?? name.startIndex
        if let tag = name[last...].firstIndex(of: ":") { name = name[..<tag] }
        return String(name)
    }

    private static func login(_ text: Substring) -> RegistryLogin? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        guard let username = percentDecoded(text[..<colon]), !username.isEmpty,
            let password = percentDecoded(text[text.index(after: colon)...])
        else { return nil }
        return RegistryLogin(username: username, password: password)
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let decoded = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(decoded)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
