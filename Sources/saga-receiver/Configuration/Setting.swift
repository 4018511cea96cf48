import Webhooks

/// One setting of the receiver: reading, `--help` and error messages all follow from this table.
struct Setting: Sendable {
    enum Kind: Sendable {
        case text
        /// `true` or `false`; as a flag it may stand alone.
        case onOff
        /// Never shown, and wrong when empty.
        case secret
    }

    var name: String
    var kind: Kind = .text
    /// What the value looks like, for `--help`.
    var form: String
    var standard: String?
    var doc: String

    static let store = Setting(
        name: "SAGA_STORE", form: "PATH", standard: "/var/lib/saga/saga.db",
        doc: "the SQLite file with all sagas; its folder must exist, on a local disk")
    static let listen = Setting(
        name: "SAGA_LISTEN", form: "HOST:PORT", standard: "127.0.0.1:8080",
        doc: "where to listen; beyond loopback SAGA_TOKENS is needed; port 0 takes a free one")
    static let publicURL = Setting(
        name: "SAGA_PUBLIC_URL", form: "URL",
        doc: "the address that people reach this receiver under, with the path if a proxy adds one")
    static let tokens = Setting(
        name: "SAGA_TOKENS", kind: .secret, form: "NAME:SCOPE:TOKEN,…",
        doc: "who may call the API; scopes: read, start, operate, admin, each includes those before it")
    static let woodpeckerURL = Setting(
        name: "SAGA_WOODPECKER_URL", form: "URL", doc: "the Woodpecker server, as this receiver calls it")
    static let woodpeckerPublicURL = Setting(
        name: "SAGA_WOODPECKER_PUBLIC_URL", form: "URL",
        doc: "the Woodpecker server in links and commit statuses (default: SAGA_WOODPECKER_URL)")
    static let woodpeckerToken = Setting(
        name: "SAGA_WOODPECKER_TOKEN", kind: .secret, form: "TOKEN",
        doc: "its API token; without one, webhooks alone decide how pipelines ended")
    static let woodpeckerStream = Setting(
        name: "SAGA_WOODPECKER_STREAM", kind: .onOff, form: "true|false", standard: "true",
        doc: "subscribe to Woodpecker's event stream")
    static let reconcileInterval = Setting(
        name: "SAGA_RECONCILE_INTERVAL", form: "DURATION", standard: "30s",
        doc: "how often what is waited for is read from Woodpecker when no webhook comes")
    static let allowShell = Setting(
        name: "SAGA_ALLOW_SHELL", kind: .onOff, form: "true|false", standard: "false",
        doc: "run 'shell' steps in this process's environment")
    static let allowedHosts = Setting(
        name: "SAGA_ALLOWED_HOSTS", form: "GLOB,…",
        doc: "hosts that 'api' steps may call (default: all but link-local and metadata addresses)")
    static let registryConfig = Setting(
        name: "SAGA_REGISTRY_CONFIG", kind: .secret, form: "JSON",
        doc: "logins for the registries that 'wait_build' asks for images: the text of Docker's config.json")
    static let retention = Setting(
        name: "SAGA_RETENTION", form: "DURATION", standard: "720h",
        doc: "how long sagas are kept after their end; 0 keeps all")
    static let logLevel = Setting(
        name: "SAGA_LOG_LEVEL", form: "LEVEL", standard: "info", doc: "trace, debug, info, warn or error")
    static let logFormat = Setting(
        name: "SAGA_LOG_FORMAT", form: "text|json", standard: "text", doc: "one line an event, on standard error")

    static func secret(of sender: Sender) -> Setting {
        Setting(
            name: sender.secretVariable, kind: .secret, form: "SECRET,…",
            doc: "opens /webhooks/\(sender.rawValue); each entry 'secret' or 'owner/repo=secret'")
    }

    static let all: [Setting] =
        [store, listen, publicURL, tokens, woodpeckerURL, woodpeckerPublicURL, woodpeckerToken, woodpeckerStream]
        + [reconcileInterval, allowShell, allowedHosts, registryConfig, retention, logLevel, logFormat]
        + Sender.allCases.map(secret(of:))

    /// Every variable that begins with this is a secret of steps, by the rest of its name.
    static let stepSecretPrefix = "SAGA_SECRET_"

    /// The setting of that name, a step's secret included; nil for other names.
    static func named(_ name: String) -> Setting? {
        if let setting = all.first(where: { $0.name == name }) { return setting }
        guard name.hasPrefix(stepSecretPrefix), name.count > stepSecretPrefix.count else { return nil }
        return Setting(name: name, kind: .secret, form: "SECRET", doc: "")
    }

    /// `SAGA_LISTEN` is `--listen`.
    var flag: String {
        "--" + name.dropFirst("SAGA_".count).lowercased().replacing("_", with: "-")
    }
}
