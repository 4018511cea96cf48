import SagaCore

/// How news come in, and which hosts are not called at the moment.
struct SourceTables {
    /// As in the JSON of the health check.
    let sources: JSONValue
    let circuits: [JSONValue]

    var ways: HTML {
        Table(
            caption: "Ways by which news come in",
            columns: [.plain("Source"), .plain("State"), .plain("Last heard"), .wide("Last error")],
            rows: [
                source("Event stream of Woodpecker", sources["stream"]), source("Webhooks", sources["webhooks"]),
                source("Reads of Woodpecker's API", sources["reconciler"]),
            ]
        ).html
    }

    var hosts: HTML {
        guard !circuits.isEmpty else { return "<p class=\"card\">No host was called yet.</p>" }
        return Table(
            caption: "Hosts and their circuits",
            columns: [.wide("Host"), .plain("Circuit"), .plain("Failures in a row"), .plain("Next try")],
            rows: circuits.map(circuit)
        ).html
    }

    private func source(_ title: String, _ json: JSONValue?) -> [HTML] {
        let state = json?["state"]?.stringValue ?? "off"
        let look: StatusBadge.Look =
            switch state {
            case "connected", "open", "working": .good
            case "disconnected", "failing": .bad
            default: .idle
            }
        let heard = moment(json?["last_event_at"]) ?? moment(json?["last_read_at"])
        let error: HTML? = (json?["last_error"]?.stringValue).map { text in
            "\(Dashboard.time(moment(json?["last_error_at"]))) \(text)"
        }
        return [
            "\(title)", StatusBadge.badge(state, look), heard.map { Dashboard.time($0) } ?? "never", error ?? "none",
        ]
    }

    private func circuit(_ json: JSONValue) -> [HTML] {
        let state = json["state"]?.stringValue ?? ""
        let look: StatusBadge.Look = state == "closed" ? .good : state == "open" ? .bad : .busy
        return [
            "\(json["host"]?.stringValue ?? "")", StatusBadge.badge(state, look),
            "\(json["failures"]?.intValue ?? 0)", Dashboard.time(moment(json["next_probe_at"])),
        ]
    }

    private func moment(_ json: JSONValue?) -> Moment? {
        json?.stringValue.flatMap { Moment(rfc3339: $0) }
    }
}
