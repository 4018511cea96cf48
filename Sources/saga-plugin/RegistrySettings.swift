import RegistryClient
import SagaCore

/// Which registries are to be looked at, and the logins for registries, out of all settings that can give them.
struct RegistrySettings: Sendable {
    private(set) var targets: [RegistryTarget] = []
    private(set) var logins = RegistryLogins()

    /// - Throws: every problem at once; none shows a login.
    init(_ settings: Settings, _ surroundings: Surroundings) throws(SettingsProblems) {
        var problems: [String] = []
        if let config = settings.text(.dockerConfig) {
            do throws(RegistryLogins.Problem) {
                logins = try RegistryLogins(dockerConfig: Self.text(config, in: surroundings))
            } catch {
                problems.append("setting 'docker_config' \(error.message)")
            }
        }
        for (index, entry) in settings.list(.logins).enumerated() {
            guard let username = entry["username"]?.text, let password = entry["password"]?.text else {
                problems.append("setting 'logins': entry \(index + 1) needs 'username' and 'password'")
                continue
            }
            let host = RegistryLogins.host(entry["registry"]?.text ?? RegistryAddress.dockerHub)
            logins[RegistryAddress(host)] = RegistryLogin(username: username, password: password)
        }
        for (index, entry) in settings.list(.registries).enumerated() where !entry.text.isEmpty {
            if let target = RegistryTarget(entry.text) {
                targets.append(target)
            } else {
                problems.append(
                    "setting 'registries': entry \(index + 1) is no registry such as registry.example.com, "
                        + "https://registry.example.com:5000 or registry.example.com/team/app")
            }
        }
        addOnlyLogin(settings, &problems)
        for target in targets {
            if let login = target.login { logins[target.address] = login }
        }
        guard problems.isEmpty else { throw SettingsProblems(problems: problems) }
    }

    /// `username` and `password` name no registry, so they are good where there is only one.
    private mutating func addOnlyLogin(_ settings: Settings, _ problems: inout [String]) {
        guard settings.isGiven(.username) || settings.isGiven(.password) else { return }
        guard let username = settings.text(.username), let password = settings.text(.password) else {
            problems.append("'username' and 'password' are needed together")
            return
        }
        let addresses = Set(targets.map(\.address.host))
        guard let only = targets.first, addresses.count == 1 else {
            problems.append(
                "'username' and 'password' are for one registry, and 'registries' lists \(addresses.count); "
                    + "say in 'logins' which login is for which registry")
            return
        }
        logins[only.address] = RegistryLogin(username: username, password: password)
    }

    /// The setting is the text itself, or names a file; one that cannot be read is as good as an empty one.
    private static func text(_ setting: String, in surroundings: Surroundings) throws(RegistryLogins.Problem) -> String
    {
        if setting.hasPrefix("{") { return setting }
        let path = surroundings.path(setting)
        guard let text = surroundings.contents(of: path) else {
            throw RegistryLogins.Problem(message: "names \(path), which cannot be read")
        }
        return text
    }
}
