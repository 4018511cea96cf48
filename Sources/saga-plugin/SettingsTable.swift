/// All settings, in the order in which they are explained.
extension Setting {
    static let all: [Setting] = [
        action, saga, vars, store, receiver, token, wait, timeout, onRestart, idempotencyKey, id, step, reason, status,
        build, repo, pipeline, woodpeckerURL, woodpeckerToken, secrets, registries, username,
        password, logins, dockerConfig, output, dryRun, logLevel,
        skipVerify, caFile,
    ]

    static let action = Setting(
        "action", .choice(Action.allCases.map(\.rawValue)), "start",
        doc: "What to do: `start` a saga, `wait` for one, `notify` how this workflow ended, `retry`, `approve`, "
            + "`reject`, `cancel`, `preflight`, or `validate` a definition")
    static let saga = Setting(
        "saga", .text, "saga.yaml",
        doc: "The definition: a path in the workspace, or the definition itself as text or as a map")
    static let vars = Setting(
        "vars", .map, doc: "Map of variables; overrides the definition's defaults, unknown names are an error")
    static let store = Setting(
        "store", .text,
        doc: "Path of the SQLite file on a mounted volume (shared-store mode). Exactly one of `store` and `receiver`")
    static let receiver = Setting("receiver", .text, doc: "URL of a receiver (remote mode)")
    static let token = Setting(
        "token", .text, doc: "API token for the receiver; not needed for one on loopback. Use `from_secret`")
    static let wait = Setting(
        "wait", .flag, "false",
        doc: "Follow the saga to its end and take its result as the step's. With `store`, the plugin runs the saga "
            + "meanwhile")
    static let timeout = Setting(
        "timeout", .duration, "55m",
        doc: "How long to wait; then the step ends with exit code 4 and the saga goes on. For `preflight`: how long a "
            + "registry that does not answer is asked again, default `1m`; then the step fails")
    static let onRestart = Setting(
        "on_restart", .choice(OnRestart.allCases.map(\.rawValue)), "resume",
        doc: "When this pipeline is a restart: `resume` the saga that its parent started, start a `new` one, or `fail`")
    static let idempotencyKey = Setting(
        "idempotency_key", .text, inWords: "system host, repository, pipeline, workflow and step",
        doc: "The same key with the same content finds the existing saga; with other content it is an error")
    static let id = Setting(
        "id", .text, inWords: "the id in the `output` file",
        doc: "The saga for `wait`, `retry`, `cancel`, `approve` and `reject`")
    static let step = Setting("step", .text, doc: "The saga's step for `approve` and `reject`")
    static let reason = Setting(
        "reason", .text, doc: "Why, for the journal: `retry`, `cancel`, `approve` and `reject`")
    static let status = Setting(
        "status", .text, inWords: "`CI_PIPELINE_STATUS`", doc: "How it ended, in Woodpecker's words, for `notify`")
    static let build = Setting(
        "build", .text, doc: "For `notify`: the name of the one step that is spoken of, instead of the workflow")
    static let repo = Setting(
        "repo", .text, inWords: "`CI_REPO`", doc: "For `retry` of a pipeline: its repository, `owner/name`")
    static let pipeline = Setting("pipeline", .number, doc: "For `retry` of a pipeline instead of a saga: its number")
    static let woodpeckerURL = Setting(
        "woodpecker_url", .text, inWords: "`CI_SYSTEM_URL`",
        doc: "The Woodpecker server to call while the plugin runs the saga (`wait` with `store`), and for `retry` of a "
            + "pipeline without a receiver")
    static let woodpeckerToken = Setting(
        "woodpecker_token", .text, doc: "Woodpecker API token for those calls. Use `from_secret`")
    static let secrets = Setting(
        "secrets", .map,
        doc: "Map of values for `{{ secrets.NAME }}` while the plugin runs the saga; never stored. Use `from_secret`")
    static let registries = Setting(
        "registries", .list,
        doc: "For `preflight`: registries that must answer and accept the login, as `registry.example.com` or a URL. "
            + "One with a repository (`registry.example.com/team/app`) must also allow to push there")
    static let username = Setting(
        "username", .text, doc: "The login for `registries`, where that is one registry")
    static let password = Setting("password", .text, doc: "Password or access token for `username`. Use `from_secret`")
    static let logins = Setting(
        "logins", .maps,
        doc: "Logins for several registries: a list of maps with `registry` (default `docker.io`), `username` and "
            + "`password`, for `preflight` and for `wait_build` with an image. Use `from_secret` for the passwords")
    static let dockerConfig = Setting(
        "docker_config", .text,
        doc: "The same out of Docker's `config.json`: a path in the workspace, or its text. Use `from_secret`")
    static let output = Setting(
        "output", .text, inWords: "`.saga/<name>.json`",
        doc: "File in the workspace that gets the saga's id, status, outputs and URL, for later steps")
    static let dryRun = Setting("dry_run", .flag, "false", doc: "Check everything, say what would be done, do nothing")
    static let logLevel = Setting(
        "log_level", .choice(["trace", "debug", "info", "warn", "error", "fatal", "panic"]), "info",
        doc: "What the plugin tells about itself on standard error")
    static let skipVerify = Setting("skip_verify", .flag, "false", doc: "Accept any TLS certificate")
    static let caFile = Setting(
        "ca_file", .text, inWords: "the system's", doc: "PEM file with the certificates to trust")
}
