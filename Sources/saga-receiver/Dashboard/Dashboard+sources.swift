import Hummingbird
import SagaCore
import SagaEngine

extension Dashboard {
    var sourceRoutes: [Route] { [page(.get, "/sources", sources)] }

    /// How news come in, and which hosts are not called at the moment.
    ///
    /// Not live: the check of the store is a write, about which all live pages hear.
    private func sources(_ call: Call, _ visitor: Visitor) async throws -> Response {
        let trouble = await api.health.trouble()
        let sources = api.health.sources
        let signals = try await api.sagas.signals(SignalFilter(limit: SignalTable.length))
        let circuits = api.health.circuits["circuits"]?.arrayValue ?? []
        return Page(title: "Sources", visitor: visitor, seconds: 5) {
            """
            <h1>Sources</h1>
            \(trouble.map { "<p class=\"alert\" role=\"alert\">Not ready: \(sentence($0))</p>" as HTML }
                ?? "<p class=\"note\">The receiver is ready.</p>" as HTML)
            <p>How news of pipelines come in. Any of them ends a wait; what Woodpecker itself says decides.</p>
            <table class="list"><thead><tr><th scope="col">Source</th><th scope="col">State</th>\
            <th scope="col">Last heard</th><th scope="col">Last error</th></tr></thead><tbody>\
            \(source("Event stream of Woodpecker", sources["stream"]))\(source("Webhooks", sources["webhooks"]))\
            \(source("Reads of Woodpecker's API", sources["reconciler"]))</tbody></table>
            <h2>Signals</h2>\(SignalTable(signals: signals).html)
            <h2>Circuits</h2>
            <p>A host that fails five times in a row is left alone for half a minute; steps that need it wait.</p>
            \(circuits.isEmpty ? "<p class=\"card\">No host was called yet.</p>" : table(circuits.map(circuit)))
            """
        }.response(sessions)
    }

    private func source(_ title: String, _ json: JSONValue?) -> HTML {
        let state = json?["state"]?.stringValue ?? "off"
        let look: StatusBadge.Look =
            switch state {
            case "connected", "open", "working": .good
            case "disconnected", "failing": .bad
            default: .idle
            }
        let heard = moment(json?["last_event_at"]) ?? moment(json?["last_read_at"])
        let error = json?["last_error"]?.stringValue
        return """
            <tr><td>\(title)</td><td><span class="badge \(look.rawValue)"><i aria-hidden="true">\
            \(look.sign)</i> \(state)</span></td><td>\(heard.map { Self.time($0) } ?? "never")</td>\
            <td>\(Self.time(moment(json?["last_error_at"]))) \(error ?? "")</td></tr>
            """
    }

    private func circuit(_ json: JSONValue) -> HTML {
        let state = json["state"]?.stringValue ?? ""
        let look: StatusBadge.Look = state == "closed" ? .good : state == "open" ? .bad : .busy
        return """
            <tr><td>\(json["host"]?.stringValue ?? "")</td><td><span class="badge \(look.rawValue)">\
            <i aria-hidden="true">\(look.sign)</i> \(state)</span></td><td>\(json["failures"]?.intValue ?? 0)</td>\
            <td>\(Self.time(moment(json["next_probe_at"])))</td></tr>
            """
    }

    private func table(_ rows: [HTML]) -> HTML {
        """
        <table class="list"><thead><tr><th scope="col">Host</th><th scope="col">Circuit</th>\
        <th scope="col">Failures in a row</th><th scope="col">Next try</th></tr></thead><tbody>\(rows)</tbody></table>
        """
    }

    private func moment(_ json: JSONValue?) -> Moment? {
        json?.stringValue.flatMap { Moment(rfc3339: $0) }
    }
}
