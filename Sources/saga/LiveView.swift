import Glibc
import SagaClient
import SagaCore
import Synchronization
import Telemetry

/// A saga at the foot of a terminal: its steps with their durations and what it waits for, drawn anew each second, while
/// the lines of what happened scroll away above it.
final class LiveView: Sendable {
    private struct State {
        var saga: JSONValue?
        /// How many lines of the terminal the last drawing takes.
        var height = 0
    }

    private let state = Mutex(State())

    /// Nil where standard output is no terminal that obeys escape sequences.
    init?() {
        guard isatty(STDOUT_FILENO) == 1, Self.variable("TERM") != "dumb" else { return nil }
    }

    private static func variable(_ name: String) -> String? { PlaceOptions.variable(name) }

    /// Draws once a second until it is cancelled.
    func run() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { draw() }
    }

    func show(_ saga: JSONValue) {
        state.withLock { $0.saga = saga }
        draw()
    }

    /// A line that stays.
    func tell(_ line: String) {
        draw(below: line)
    }

    /// Leaves nothing but the lines that stay.
    func clear() {
        state.withLock { state in
            StandardStreams.draw(Self.erase(&state))
            state.saga = nil
        }
    }

    private func draw(below line: String? = nil) {
        state.withLock { state in
            var text = Self.erase(&state)
            let size = Self.size()
            if let line { text += line + "\n" }
            if let saga = state.saga {
                let lines = Self.lines(saga, now: WallClock.now(), size)
                text += lines.map { $0 + "\n" }.joined()
                state.height = lines.count
            }
            StandardStreams.draw(text)
        }
    }

    /// Back to the drawing's first line, and everything from there away.
    private static func erase(_ state: inout State) -> String {
        defer { state.height = 0 }
        return state.height > 0 ? "\u{1B}[\(state.height)F\u{1B}[J" : ""
    }

    private static func lines(_ saga: JSONValue, now: Moment, _ size: (rows: Int, columns: Int)) -> [String] {
        let status = saga["status"]?.text ?? ""
        let isPaused = saga["paused"]?.boolValue == true
        let age = SagaText.duration(of: saga, from: "created_at", now: now).map(SagaText.short) ?? ""
        var head = ["", "\(saga["name"]?.text ?? "") \(status)\(isPaused ? " (paused)" : ""), \(age)"]
        if let sentence = saga["waiting_for"]?.stringValue {
            head += wrapped("now: " + SagaText.oneLine(sentence), to: size.columns - 1)
        }
        let room = size.rows - head.count - 1
        var table = SagaText.steps(saga, now: now).lines { Colours.paint($1, if: $0 == 1) }
        if table.count > room {
            // Those that are over go first: what matters now is what runs.
            let left = table.count - max(room - 1, 1)
            table = [table[0]] + ["… \(left) steps more: saga show"] + table.suffix(max(room - 2, 0))
        }
        return (head + table).map { cut($0, to: size.columns - 1) }
    }

    private static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// A line that wraps would take two, and the next drawing would not find its beginning. Colours have no width.
    private static func cut(_ line: String, to width: Int) -> String {
        var cut = ""
        var count = 0
        var isSequence = false
        for character in line {
            if character == "\u{1B}" { isSequence = true }
            if isSequence {
                cut.append(character)
                if character == "m" { isSequence = false }
            } else if count < width {
                cut.append(character)
                count += 1
            }
        }
        return cut
    }

    private static func size() -> (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (max(Int(size.ws_row), 6), max(Int(size.ws_col), 20))
    }
}
