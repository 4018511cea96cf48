import Glibc
import SagaCore
import Subprocess
import Synchronization
import SystemPackage

/// A command as it is started.
struct ShellCommand: Sendable {
    var arguments: [String]
    var environment: [String: String]
    var workingDirectory: String?
}

/// How it ended.
struct ShellResult: Sendable {
    var exitCode = 0
    /// The signal that ended it, where one did.
    var signal: Int?
    var stdout = ShellOutput()
    var stderr = ShellOutput()
    /// Why it could not be started.
    var problem: String?
}

/// The end of what a command printed.
struct ShellOutput: Sendable {
    /// How much of it is kept.
    static let limit = 64 << 10
    /// How much before that is looked through for the beginning of a secret that the cut would halve.
    static let lead = 8 << 10

    /// Up to `lead` more than is kept.
    var bytes: [UInt8] = []

    /// The last 64 KiB, without secrets.
    func text(_ redaction: Redaction) -> String {
        let clean = redaction.clean(String(decoding: bytes, as: UTF8.self))
        // Where something was cut away, what is left of a halved secret stands first, and goes with the lead.
        let isCut = bytes.count == Self.limit + Self.lead
        return String(decoding: clean.utf8.dropFirst(isCut ? Self.lead : 0).suffix(Self.limit), as: UTF8.self)
    }
}

extension ActionRouter {
    /// How long a command may go on after SIGTERM.
    private static let patience: Duration = .seconds(5)

    static func run(_ command: ShellCommand) async -> ShellResult {
        var options = PlatformOptions()
        // A group of its own: children and grandchildren are ended with it.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: patience)]
        let environment = Environment.custom(
            Dictionary(
                uniqueKeysWithValues: command.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
        let group = Atomic<Int32>(0)
        // Who ignored SIGTERM below a command that did not is left over; the group still has its number.
        defer {
            let id = group.load(ordering: .relaxed)
            if Task.isCancelled, id > 0 { _ = kill(-id, SIGKILL) }
        }
        do {
            let program = command.arguments.first ?? ""
            let outcome = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program),
                arguments: Arguments(Array(command.arguments.dropFirst())), environment: environment,
                workingDirectory: command.workingDirectory.map { FilePath($0) }, platformOptions: options,
                input: .none, output: .sequence, error: .sequence
            ) { execution in
                group.store(execution.processIdentifier.value, ordering: .relaxed)
                async let errors = tail(execution.standardError)
                return (try await tail(execution.standardOutput), try await errors)
            }
            var result = ShellResult()
            (result.stdout, result.stderr) = outcome.closureResult
            switch outcome.terminationStatus {
            case .exited(let code):
                result.exitCode = Int(code)
            case .signaled(let signal):
                result.exitCode = 128 + Int(signal)
                result.signal = Int(signal)
            }
            return result
        } catch {
            return ShellResult(problem: "the command could not be started: \(error)")
        }
    }

    private static func tail(_ output: SubprocessOutputSequence) async throws -> ShellOutput {
        var last: [UInt8] = []
        let limit = ShellOutput.limit + ShellOutput.lead
        for try await chunk in output {
            chunk.withUnsafeBytes { last += $0 }
            if last.count > 2 * limit { last.removeFirst(last.count - limit) }
        }
        return ShellOutput(bytes: Array(last.suffix(limit)))
    }
}
