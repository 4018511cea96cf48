import FoundationEssentials
import SagaCore
import Subprocess
import SystemPackage

/// `shell`: a command in a process group of its own, so that cancelling takes its children along.
extension ActionRouter {
    func shell(_ config: StepConfig, _ order: WorkOrder) async throws(Failure) -> Outcome {
        guard settings.allowsShell else {
            throw Failure(.permanent, "this executor does not run shell steps; see SAGA_ALLOW_SHELL")
        }
        let outputFile = Self.temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: outputFile) }
        let command = try command(config, order, outputFile: outputFile)
        let result: ShellResult
        if let limit = try config.duration("attempt_timeout") {
            guard let ended = await Self.race(limit, { await Self.run(command) }) else {
                throw Failure(.retryable, "the command was stopped after attempt_timeout \(GoDuration.text(limit))")
            }
            result = ended
        } else {
            result = await Self.run(command)
        }
        if let problem = result.problem { throw Failure(.permanent, problem) }
        let (stdout, stderr) = (result.stdout.text(redaction), result.stderr.text(redaction))
        var output: [String: JSONValue] = [
            "exit_code": .int(Int64(result.exitCode)), "stdout": .string(stdout), "stderr": .string(stderr),
        ]
        guard result.exitCode == 0 else {
            let lastLine =
                (stderr.isEmpty ? stdout : stderr)
                .split(whereSeparator: \.isNewline).last.map { ": \($0.prefix(300))" } ?? ""
            throw Failure(
                .retryable,
                result.signal.map { "the command was ended by signal \($0)" + lastLine }
                    ?? "the command exited with \(result.exitCode)" + lastLine, output: .object(output))
        }
        for (key, value) in Self.outputs(in: outputFile) { output[key] = .string(value) }
        return .succeeded(output: .object(output))
    }

    private func command(
        _ config: StepConfig, _ order: WorkOrder, outputFile: String
    ) throws(Failure) -> ShellCommand {
        var environment = settings.environment
        environment.merge(try config.textMap("env")) { _, own in own }
        environment["SAGA_ID"] = order.saga.id
        environment["SAGA_NAME"] = order.saga.name
        environment["SAGA_STEP"] = order.step.name
        environment["SAGA_ATTEMPT"] = String(order.step.attempt)
        environment["SAGA_IDEMPOTENCY_KEY"] = order.saga.idempotencyKey(of: order.step)
        environment["SAGA_OUTPUT"] = outputFile
        let arguments: [String]
        if let text = try config.text("command") {
            arguments = ["/bin/sh", "-c", text]
        } else {
            arguments = try config.texts("args") ?? []
        }
        guard !arguments.isEmpty else { throw Failure(.permanent, "config needs 'command' or 'args'") }
        return ShellCommand(
            arguments: arguments, environment: environment,
            workingDirectory: try config.text("working_dir") ?? settings.workingDirectory)
    }

    /// The first of the two that ends: the work, or nil when the time is up. The loser is cancelled and waited for.
    private static func race<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private static func temporaryFile() -> String {
        FileManager.default.temporaryDirectory.appending(path: "saga-output-\(UUID().uuidString)").path
    }

    /// The `key=value` lines of the file that `$SAGA_OUTPUT` names; other lines are not for us.
    private static func outputs(in file: String) -> [(String, String)] {
        guard let data = FileManager.default.contents(atPath: file) else { return [] }
        let text = String(decoding: data.prefix(1 << 20), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            guard let equals = line.firstIndex(of: "="), equals > line.startIndex else { return nil }
            return (String(line[..<equals]), String(line[line.index(after: equals)...]))
        }
    }
}
