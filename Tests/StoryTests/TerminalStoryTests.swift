import FoundationEssentials
import SagaCore
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// What an operator sees on a terminal, and that nobody else decides how it looks.
@Suite(.timeLimit(.minutes(2))) struct TerminalStoryTests {
    private static func with(_ body: @Sendable (Receiver, _ folder: String) async throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { try await body($0, folder) }
        }
    }

    /// Runs `saga` with a terminal of its own as standard output.
    ///
    /// - Parameter onText: gets all that was printed so far, each time there is more.
    private static func onTerminal(
        _ receiver: Receiver, _ arguments: String, term: String = "xterm", in folder: String,
        onText: (String) async throws -> Void = { _ in }
    ) async throws -> (exitCode: Int, output: String) {
        let outcome = try await Subprocess.run(
            .path("/usr/bin/script"),
            arguments: ["--quiet", "--return", "--command", "\(Programs.folder)/saga \(arguments)", "/dev/null"],
            environment: Programs.custom(["SAGA_SERVER": receiver.url, "SAGA_TOKEN": Receiver.token, "TERM": term]),
            workingDirectory: FilePath(folder), input: .none, output: .sequence, error: .discarded
        ) { execution in
            var bytes: [UInt8] = []
            for try await chunk in execution.standardOutput {
                chunk.withUnsafeBytes { bytes += $0 }
                try await onText(String(decoding: bytes, as: UTF8.self))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard case .exited(let code) = outcome.terminationStatus else { return (-1, outcome.closureResult) }
        return (Int(code), outcome.closureResult)
    }

    private static let escape = "\u{1B}["

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
    func watchingKeepsTheStepsInSightAndLeavesThemAtTheEnd() async throws {
        try await Self.with { receiver, folder in
            let id = try await receiver.start(
                Definitions.saga(
                    "s", [:], Definitions.shell("first", "true"),
                    Definitions.approval("gate", ["message": "shall it go on"], ["depends_on": ["first"]])))
            try await receiver.wait(for: id, step: "gate", toSay: "approval")
            var isApproved = false
            let watched = try await Self.onTerminal(receiver, "watch \(id)", in: folder) { text in
                guard !isApproved, text.contains("now: step 'gate' waits for an approval: shall it go on") else {
                    return
                }
                isApproved = true
                let answer = try await receiver.operate("approve", id, step: "gate")
                #expect(answer.status == 200)
            }
            #expect(isApproved && watched.exitCode == 0, "\(watched.output)")
            let erased = try #require(watched.output.ranges(of: Self.escape + "J").last, "it is drawn anew")
            let last = watched.output[erased.upperBound...]
            #expect(last.contains("gate") && last.contains("completed") && last.contains("STEP"), "\(watched.output)")
            #expect(!last.contains("now:"))
            let plain = try await Self.onTerminal(receiver, "watch \(id)", term: "dumb", in: folder)
            #expect(plain.exitCode == 0 && !plain.output.contains(Self.escape), "\(plain.output)")
        }
    }

    /// An error, an output, a reason or a webhook's text may hold what would recolour, retitle or overwrite a terminal.
    @Test func nothingThatCameFromElsewhereReachesTheTerminalAsASequence() async throws {
        try await Self.with { receiver, folder in
            let evil = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\u{202E}"
            let id = try await receiver.start(
                Definitions.saga(
                    "s", ["description": .string(evil), "vars": ["v": .string(evil)]],
                    Definitions.shell(
                        "a", "printf '\\033[2Jgone\\n' >&2; exit 1", ["retry_policy": ["max_attempts": 1]])),
                origin: ["repo": .string(evil), "pipeline": 1])
            _ = try await receiver.waitForEnd(of: id)
            #expect(try await receiver.operate("retry", id, ["reason": .string(evil)]).status == 200)
            _ = try await receiver.waitForEnd(of: id)
            let signal: JSONValue = [
                "kind": "pipeline", "server": "https://ci.example.com", "repo": .string(evil), "number": 1,
                "status": .string(evil),
            ]
            #expect(try await receiver.send("POST", "/api/v1/signals", signal).status == 202)
            for command in ["show \(id)", "list", "journal \(id)", "watch \(id)", "signals", "retry \(id) --force"] {
                let result = try await Programs.run(
                    "saga", command.split(separator: " ").map(String.init),
                    ["SAGA_SERVER": receiver.url, "SAGA_TOKEN": Receiver.token], in: folder)
                let text = result.output + result.errors
                #expect(!text.isEmpty, "\(command)")
                #expect(
                    !text.unicodeScalars.contains { "\u{1B}\u{7}\u{9B}\u{202E}".unicodeScalars.contains($0) },
                    "\(command): \(text)")
            }
        }
    }
}
