import FoundationEssentials
import SagaCore

/// A user name and a password (or access token) for one registry. Never printed.
package struct RegistryLogin: Hashable, Sendable {
    package var username: String
    package var password: String

    package init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    var basic: String {
        "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
    }
}

/// The logins that are known, each for its registry alone.
package struct RegistryLogins: Hashable, Sendable {
    private var logins: [String: RegistryLogin] = [:]

    package init() {}

    package subscript(registry: RegistryAddress) -> RegistryLogin? {
        get { logins[registry.host] }
        set { logins[registry.host] = newValue }
    }

    /// What the second knows too, the second first.
    package func merging(_ other: RegistryLogins) -> RegistryLogins {
        var all = self
        all.logins.merge(other.logins) { _, new in new }
        return all
    }

    package struct Problem: Error, Hashable {
        package var message: String

        package init(message: String) {
            self.message = message
        }
    }

    /// Docker's `config.json`, as `docker login` and `podman login` write it.
    ///
    /// - Throws: what is wrong, without any of its content.
    package init(dockerConfig text: String) throws(Problem) {
        guard let json = try? JSONValue(parsing: text), json.objectValue != nil else {
            throw Problem(message: "is no JSON object such as Docker's config.json")
        }
        let helpers = json["credHelpers"]?.objectValue ?? [:]
        let entries = json["auths"]?.objectValue ?? [:]
        guard !entries.isEmpty else {
            let isElsewhere = !helpers.isEmpty || json["credsStore"] != nil
            throw Problem(
                message: isElsewhere
                    ? "leaves the logins to a credential helper, which cannot be asked here; write them as 'auths'"
                    : "has no 'auths' with a login in it")
        }
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let login = Self.login(entry) else {
                throw Problem(message: "has no user name and password for '\(Self.host(name))' under 'auths'")
            }
            self[RegistryAddress(Self.host(name))] = login
        }
    }

    /// The keys are hosts, or addresses such as `https://index.docker.io/v1/`.
    package static func host(_ key: String) -> String {
        let rest = ["https://", "http://"].first(where: key.hasPrefix).map { key.dropFirst($0.count) } ?? key[...]
        return String(rest.prefix { $0 != "/" })
    }

    private static func login(_ entry: JSONValue) -> RegistryLogin? {
        if let username = entry["username"]?.stringValue, let password = entry["password"]?.stringValue {
            return RegistryLogin(username: username, password: password)
        }
        guard let auth = entry["auth"]?.stringValue, let data = Data(base64Encoded: auth) else { return nil }
        let pair = String(decoding: data, as: UTF8.self)
        guard let colon = pair.firstIndex(of: ":"), colon != pair.startIndex else { return nil }
        return RegistryLogin(
            username: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
    }
}
