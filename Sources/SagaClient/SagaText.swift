package import SagaCore

/// A saga's JSON in words, the same for the plugin's log and the operator's terminal.
package enum SagaText {
    /// `saga.yaml:3:5: message (steps[0].nam) — did you mean 'name'?`, without what is not known.
    package static func problem(_ problem: JSONValue, in file: String?) -> String {
        var line = file.map { $0 + ":" } ?? ""
        if let number = problem["line"]?.intValue {
            line += "\(number):" + (problem["column"]?.intValue.map { "\($0):" } ?? "")
        }
        line += (line.isEmpty ? "" : " ") + oneLine(problem["message"]?.text ?? problem.text)
        if let path = problem["path"]?.stringValue, !path.isEmpty { line += " (\(printable(path)))" }
        if let suggestion = problem["suggestion"]?.stringValue {
            line += " — did you mean '\(printable(suggestion))'?"
        }
        return line
    }

    /// Every step that has a story: its name, status, attempts and duration.
    package static func steps(_ saga: JSONValue, now: Moment) -> TextTable {
        var table = TextTable("STEP", "STATUS", "ATTEMPTS", "DURATION")
        for step in saga["steps"]?.arrayValue ?? [] {
            let status = step["status"]?.text ?? ""
            let isUndo = step["role"]?.stringValue == StepDefinition.Role.compensation.rawValue
            if isUndo, status == StepStatus.pending.rawValue { continue }
            let wasStarted = moment(step, "started_at") != nil
            table.rows.append([
                step["name"]?.text ?? "", status + (isUndo ? " (undo)" : ""),
                wasStarted ? String((step["retry_count"]?.intValue ?? 0) + 1) : "-",
                duration(of: step, now: now).map(short) ?? "-",
            ])
        }
        return table
    }

    /// Why it did not complete: the failed steps' errors, and what became of what had been done.
    package static func failure(_ saga: JSONValue) -> [String] {
        var lines: [String] = []
        if let error = saga["error"]?.stringValue {
            lines.append("error: \(error)" + (saga["error_code"]?.stringValue.map { " [\($0)]" } ?? ""))
        }
        let steps = saga["steps"]?.arrayValue ?? []
        let undos = steps.filter { $0["role"]?.stringValue == StepDefinition.Role.compensation.rawValue }
        for step in steps where step["status"]?.stringValue == StepStatus.failed.rawValue {
            guard let error = step["error"]?.stringValue, saga["error"]?.stringValue?.contains(error) != true else {
                continue
            }
            lines.append("step '\(step["name"]?.text ?? "")' failed: \(error)")
        }
        func undone(_ status: StepStatus) -> [String] {
            undos.filter { $0["status"]?.stringValue == status.rawValue }.map { undo in
                let name = undo["name"]?.text ?? ""
                let target = steps.first { $0["compensate"]?.stringValue == name }?["name"]?.text
                return target.map { "\($0) (by \(name))" } ?? name
            }
        }
        let (done, failed) = (undone(.completed), undone(.failed))
        if !done.isEmpty { lines.append("rolled back: " + done.joined(separator: ", ")) }
        if !failed.isEmpty { lines.append("could not be rolled back: " + failed.joined(separator: ", ")) }
        if done.isEmpty, failed.isEmpty { lines.append("nothing was rolled back") }
        return lines.map(printable)
    }

    /// From the start to the end, or to now; nil where it was not started.
    package static func duration(of item: JSONValue, from start: String = "started_at", now: Moment) -> Duration? {
        moment(item, start).map { (moment(item, "completed_at") ?? now) - $0 }
    }

    package static func moment(_ item: JSONValue, _ name: String) -> Moment? {
        item[name]?.stringValue.flatMap { Moment(rfc3339: $0) }
    }

    /// Three digits are enough to read: milliseconds below ten seconds, tenths below a minute, else seconds.
    package static func short(_ duration: Duration) -> String {
        let all = max(0, duration.inMilliseconds)
        let unit: Int64 = all < 10_000 ? 1 : all < 60_000 ? 100 : 1000
        return GoDuration.text(.milliseconds(all / unit * unit))
    }

    /// Line breaks become blanks, and what is too long for a line is cut.
    package static func oneLine(_ text: String, limit: Int = 300) -> String {
        let line = printable(text.split(whereSeparator: \.isNewline).joined(separator: " "))
        return line.count > limit ? line.prefix(limit) + "…" : line
    }
}
