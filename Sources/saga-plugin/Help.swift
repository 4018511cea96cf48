import SagaClient

/// What the plugin says about itself, made from the table of settings.
enum Help {
    static let text: String = {
        var table = TextTable("SETTING", "DEFAULT", "MEANING")
        table.rows = Setting.all.map { [$0.name, plain($0.shownStandard), plain($0.doc)] }
        return """
            saga-plugin \(Program.version): durable multi-step runs with compensation, as a Woodpecker plugin

            It takes no arguments. Each setting is read from the environment: 'wait' from PLUGIN_WAIT, and so on.

            \(table.lines().joined(separator: "\n"))

            Exit codes: 0 ok; 1 the saga or the check failed, or an operation was refused; 2 bad configuration or
            definition; 3 the receiver or the store could not be reached; 4 timed out waiting, the saga goes on.
            """
    }()

    /// The table of the documentation.
    static let markdown: String = {
        let rows = Setting.all.map { "| `\($0.name)` | \($0.shownStandard) | \($0.doc) |" }
        return (["| Settings Name | Default | Description |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
    }()

    private static func plain(_ text: String) -> String {
        text.replacing("`", with: "")
    }
}
