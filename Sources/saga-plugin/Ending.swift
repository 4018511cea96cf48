import SagaClient

/// The plugin's end before its work is done: how, and why.
struct Ending: Error, Hashable {
    var status: ProgramExit
    var lines: [String]

    init(_ status: ProgramExit, _ lines: String...) {
        self.init(status, lines: lines)
    }

    init(_ status: ProgramExit, lines: [String]) {
        self.status = status
        self.lines = lines
    }

    /// - Parameter file: what problems of a definition are prefixed with.
    init(_ failure: DeskFailure, file: String? = nil) {
        self.init(failure.exitStatus, lines: failure.lines(in: file))
    }
}
