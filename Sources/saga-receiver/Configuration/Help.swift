import SagaCore

enum Help {
    static let version = "saga-receiver \(Version.current)"

    static let text = """
        saga-receiver takes webhooks, serves the API, and runs sagas over one store.

        Usage: saga-receiver [--SETTING VALUE]…

        Every setting is read from the environment, or from the file that NAME_FILE names, or from a flag: SAGA_LISTEN
        is also --listen and --saga-listen. A flag wins over the environment.

        Settings:
        \(Setting.all.map(entry).joined(separator: "\n"))
          SAGA_SECRET_<NAME>=SECRET
              the value of {{ secrets.NAME }} in steps

        Without SAGA_TOKENS the receiver listens on loopback alone, and everybody on this machine may do everything,
        under the name 'anonymous'.

          --help       show this
          --version    show the version

        Exit codes: 0 ended by SIGTERM or SIGINT, 2 wrong configuration, 3 store or port cannot be used.
        """

    private static func entry(_ setting: Setting) -> String {
        let standard = setting.standard.map { " (default: \($0))" } ?? ""
        return "  \(setting.name)=\(setting.form)\n      \(setting.doc)\(standard)"
    }
}
