import RegistryClient
import SagaCore
import Telemetry
import Webhooks

/// Everything the receiver was told, checked.
struct Configuration: Sendable {
    var store: String
    var listen: ListenAddress
    var publicURL: String?
    /// Empty: everybody on this machine may do everything.
    var tokens: [APIToken]
    var woodpeckerURL: String?
    var woodpeckerPublicURL: String?
    var woodpeckerToken: String?
    var followsStream: Bool
    var reconcileInterval: Duration
    var webhookSecrets: [Sender: SenderSecrets]
    var allowsShell: Bool
    var allowedHosts: [String]
    var registryLogins: RegistryLogins
    var stepSecrets: [String: String]
    /// Nil keeps all.
    var retention: Duration?
    var log: LogSettings
    /// What is odd, but no reason not to start.
    var warnings: [String]
}

/// Everything that is wrong with the settings, one line each with the setting's name and the cure.
struct ConfigurationProblems: Error {
    var lines: [String]
    /// What is odd beside it, and may be the reason: a name that was mistyped.
    var warnings: [String] = []
}

extension Configuration {
    /// What a command line asks for.
    enum Request {
        case run(Configuration)
        case help
        case version
    }

    static func read(
        arguments: [String], environment: [String: String], readFile: (String) -> String?
    ) throws(ConfigurationProblems) -> Request {
        let arguments = Arguments(arguments)
        if arguments.wantsHelp { return .help }
        if arguments.wantsVersion { return .version }
        let raw = RawSettings(arguments: arguments, environment: environment, readFile: readFile)
        return .run(try Configuration(raw))
    }

    init(_ raw: RawSettings) throws(ConfigurationProblems) {
        var values = CheckedSettings(raw)
        store = values.text(.store) ?? ""
        listen = values.address(.listen)
        publicURL = values.url(.publicURL)
        tokens = values.tokens()
        woodpeckerURL = values.url(.woodpeckerURL)
        woodpeckerPublicURL = values.url(.woodpeckerPublicURL) ?? woodpeckerURL
        woodpeckerToken = values.token(.woodpeckerToken)
        followsStream = values.flag(.woodpeckerStream)
        reconcileInterval = values.duration(.reconcileInterval, atLeast: .seconds(1))
        webhookSecrets = values.webhookSecrets()
        allowsShell = values.flag(.allowShell)
        allowedHosts = values.list(.allowedHosts)
        registryLogins = values.registryLogins()
        stepSecrets = values.stepSecrets()
        let retention = values.duration(.retention, atLeast: .zero)
        self.retention = retention > .zero ? retention : nil
        log = LogSettings(level: values.logLevel(), format: values.logFormat())
        if woodpeckerToken != nil, woodpeckerURL == nil {
            values.problem(.woodpeckerToken, "there is no server for this token; set SAGA_WOODPECKER_URL too")
        }
        if !listen.isLoopback, !raw.values.keys.contains(Setting.tokens.name) {
            values.problem(
                .listen, "\(listen.host) can be reached from other machines; set SAGA_TOKENS, or listen on 127.0.0.1")
        }
        warnings = values.warnings
        guard values.problems.isEmpty else {
            throw ConfigurationProblems(lines: values.problems, warnings: values.warnings)
        }
    }
}
