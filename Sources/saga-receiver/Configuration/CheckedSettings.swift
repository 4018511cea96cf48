import Logging
import RegistryClient
import SagaCore
import Telemetry
import Webhooks

/// Turns the settings' texts into values, and remembers what cannot be turned. A value that is wrong is replaced by
/// anything at all, since nothing starts then.
struct CheckedSettings {
    private let values: [String: String]
    private(set) var problems: [String]
    private(set) var warnings: [String]

    init(_ raw: RawSettings) {
        values = raw.values
        problems = raw.problems
        warnings = raw.warnings
    }

    mutating func problem(_ setting: Setting, _ message: String) {
        problems.append("\(setting.name): \(message)")
    }

    func text(_ setting: Setting) -> String? {
        values[setting.name] ?? setting.standard
    }

    mutating func address(_ setting: Setting) -> ListenAddress {
        let text = text(setting) ?? ""
        if let address = ListenAddress(text) { return address }
        problem(setting, "'\(text)' is no address; write host:port, such as 127.0.0.1:8080 or [::1]:8080")
        return ListenAddress(host: "127.0.0.1", port: 0)
    }

    mutating func url(_ setting: Setting) -> String? {
        guard let text = text(setting) else { return nil }
        let rest = ["http://", "https://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) }
        let isSound =
            rest.map { rest in
                !rest.isEmpty && !rest.hasPrefix("/") && !rest.hasPrefix(":")
                    && !rest.contains { $0.isWhitespace || "?#@".contains($0) }
            } ?? false
        guard isSound else {
            problem(setting, "this is no address of a server; write it as https://ci.example.com")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    mutating func flag(_ setting: Setting) -> Bool {
        let text = text(setting) ?? "false"
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default:
            problem(setting, "'\(text)' is neither true nor false; write one of them")
            return false
        }
    }

    mutating func duration(_ setting: Setting, atLeast least: Duration) -> Duration {
        let text = text(setting) ?? ""
        guard let duration = GoDuration.parse(text) else {
            problem(setting, "'\(text)' is no duration; write it as 30s, 5m or 720h")
            return least
        }
        if duration < least {
            problem(setting, "'\(text)' is too short; the least is \(GoDuration.text(least))")
        }
        return duration
    }

    func list(_ setting: Setting) -> [String] {
        (text(setting) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    mutating func token(_ setting: Setting) -> String? {
        guard let text = text(setting) else { return nil }
        if text.contains(where: { !$0.isASCII || $0.isWhitespace }) {
            problem(setting, "it has blanks or characters that no token has; copy it again")
        }
        return text
    }

    mutating func tokens() -> [APIToken] {
        guard let text = text(.tokens) else { return [] }
        let (tokens, faults) = APIToken.parse(text)
        problems += faults
        return tokens
    }

    mutating func webhookSecrets() -> [Sender: SenderSecrets] {
        var secrets: [Sender: SenderSecrets] = [:]
        for sender in Sender.allCases {
            guard let text = text(.secret(of: sender)) else { continue }
            do {
                secrets[sender] = try SenderSecrets(parsing: text, sender: sender)
            } catch {
                problems.append("\(error)")
            }
        }
        return secrets
    }

    mutating func registryLogins() -> RegistryLogins {
        guard let text = text(.registryConfig) else { return RegistryLogins() }
        do {
            return try RegistryLogins(dockerConfig: text)
        } catch {
            problem(.registryConfig, "it " + error.message)
            return RegistryLogins()
        }
    }

    /// A value that is shorter cannot be told from ordinary text, so it is not replaced in outputs.
    private static let shortestRedacted = 6

    mutating func stepSecrets() -> [String: String] {
        var secrets: [String: String] = [:]
        for (variable, value) in values where variable.hasPrefix(Setting.stepSecretPrefix) {
            secrets[String(variable.dropFirst(Setting.stepSecretPrefix.count))] = value
            if value.count < Self.shortestRedacted {
                warnings.append(
                    "\(variable) is shorter than \(Self.shortestRedacted) characters: it cannot be hidden in outputs "
                        + "and errors of steps")
            }
        }
        warnings.sort()
        return secrets
    }

    mutating func logLevel() -> Logger.Level {
        let text = text(.logLevel) ?? ""
        if let level = LogSettings.level(named: text) { return level }
        problem(.logLevel, "'\(text)' is no log level; use one of \(LogSettings.levelNames)")
        return .info
    }

    mutating func logFormat() -> LogFormat {
        let text = text(.logFormat) ?? ""
        if let format = LogFormat(rawValue: text.lowercased()) { return format }
        problem(.logFormat, "'\(text)' is no log format; use text or json")
        return .text
    }
}

extension ListenAddress {
    fileprivate init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
