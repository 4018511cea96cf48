import FoundationEssentials
import SagaActions
import SagaCore
import TestSupport
import Testing

@Suite struct ShellActionTests {
    static let path = ["PATH": "/usr/local/bin:/usr/bin:/bin"]

    private func run(
        _ config: JSONValue, environment: [String: String] = path, attempt: Int = 1
    ) async throws -> Outcome {
        try await withBench(ActionSettings(allowsShell: true, environment: environment)) { bench in
            await bench.run(.shell, config, attempt: attempt)
        }
    }

    @Test func `an executor that may not run shells does not`() async throws {
        try await withBench { bench in
            let failure = try await bench.run(.shell, ["command": "true"]).failure
            #expect(failure.class == .permanent)
            #expect(failure.message.contains("SAGA_ALLOW_SHELL"))
        }
    }

    @Test func `a command's words and exit code are its output`() async throws {
        let output = try await run(["command": "echo out; echo err >&2"]).succeeded
        #expect(output == ["exit_code": 0, "stdout": "out\n", "stderr": "err\n"])
    }

    @Test func `another exit code than 0 is retryable and says the last line`() async throws {
        let failure = try await run(["command": "echo one; echo no space left >&2; exit 7"]).failure
        #expect(failure.class == .retryable)
        #expect(failure.message == "the command exited with 7: no space left")
        #expect(failure.output?["exit_code"] == 7)
        #expect(failure.output?["stdout"] == "one\n")
    }

    @Test func `a command that a signal ended says so`() async throws {
        let failure = try await run(["command": "kill -9 $$"]).failure
        #expect(failure.message == "the command was ended by signal 9")
        #expect(failure.output?["exit_code"] == 137)
    }

    @Test(arguments: 1...20)
    func `the last 64 KiB of each stream are kept whole to the last byte`(round: Int) async throws {
        let output = try await run(["command": "seq 1 60000; seq 1 60000 >&2; printf end; printf END >&2"]).succeeded
        let (stdout, stderr) = (output["stdout"]?.stringValue ?? "", output["stderr"]?.stringValue ?? "")
        #expect(stdout.utf8.count == 64 << 10)
        #expect(stdout.hasSuffix("59999\n60000\nend"))
        #expect(stderr.utf8.count == 64 << 10)
        #expect(stderr.hasSuffix("59999\n60000\nEND"))
    }

    @Test func `lines written to SAGA_OUTPUT become outputs`() async throws {
        let output = try await run([
            "command": """
            echo version=1.2=3 >> "$SAGA_OUTPUT"; echo 'empty=' >> "$SAGA_OUTPUT"; echo noise >> "$SAGA_OUTPUT"
            echo =x >> "$SAGA_OUTPUT"; echo "version=2 with words" >> "$SAGA_OUTPUT"; echo "$SAGA_OUTPUT"
            """
        ]).succeeded
        #expect(output["version"] == "2 with words")
        #expect(output["empty"] == "")
        #expect(output["noise"] == nil)
        #expect(output.objectValue?.count == 5)
        let file = (output["stdout"]?.stringValue ?? "").split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        #expect(file.contains("saga-output"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func `args are run without a shell`() async throws {
        let output = try await run(["args": ["printf", "%s|", "$HOME", "a b", "*", ";", 7]]).succeeded
        #expect(output["stdout"] == "$HOME|a b|*|;|7|")
    }

    @Test func `the environment is the executor's, the step's and the saga's, nothing else`() async throws {
        let output = try await run(
            ["args": ["/usr/bin/env"], "env": ["B": "own", "N": 1, "SAGA_ID": "forged"]],
            environment: ["A": "base", "B": "base"], attempt: 2
        ).succeeded
        let lines = Set((output["stdout"]?.stringValue ?? "").split(whereSeparator: \.isNewline).map(String.init))
            .filter { !$0.hasPrefix("SAGA_OUTPUT=") }
        #expect(
            lines == [
                "A=base", "B=own", "N=1", "SAGA_ID=\(Bench.key.prefix(36))", "SAGA_NAME=release", "SAGA_STEP=go",
                "SAGA_ATTEMPT=2", "SAGA_IDEMPOTENCY_KEY=\(Bench.key)1",
            ])
    }

    @Test func `a step starts in its working directory`() async throws {
        let got = try await run(["command": "pwd", "working_dir": "/usr/bin"]).succeeded
        #expect(got["stdout"] == "/usr/bin\n")
        let failure = try await run(["command": "pwd", "working_dir": "/no/such/place"]).failure
        #expect(failure.class == .permanent)
        #expect(failure.message.contains("could not be started"))
    }

    @Test(arguments: [["/no/such/program"], ["no-such-program-here"]])
    func `a program that is not there cannot work the next time either`(args: [String]) async throws {
        let failure = try await run(["args": .array(args.map { .string($0) })]).failure
        #expect(failure.class == .permanent)
        #expect(failure.message.contains("could not be started"))
    }

    @Test func `a step without anything to run fails for good`() async throws {
        let got = try await run([:]).failure
        #expect(got.message == "config needs 'command' or 'args'")
    }

    @Test func `a background process does not hold up a command that is done`() async throws {
        let output = try await run(["command": "sleep 60 & echo $!"]).succeeded
        let child = try #require(Self.pids(output["stdout"]).first)
        #expect(Self.end(child))
    }

    @Test(arguments: [
        "sleep 60 & echo $! >> FILE; sleep 60 & echo $! >> FILE; wait",
        "sh -c 'sleep 60 & echo $! >> FILE; wait' & echo $! >> FILE; wait",
        // A child that will not hear of the end, below a command that does.
        "sh -c 'trap \"\" TERM; echo $$ >> FILE; while :; do sleep 1; done' & echo $$ >> FILE; wait",
    ])
    func `attempt_timeout ends the command with everything it started`(command: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "saga-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let command = command.replacing("FILE", with: "'\(file)'")
        let start = ContinuousClock.now
        let failure = try await run(["command": .string(command), "attempt_timeout": "1s"]).failure
        #expect(failure.class == .retryable)
        #expect(failure.message.contains("attempt_timeout 1s"))
        #expect(ContinuousClock.now - start < .seconds(50), "the commands would take 60 s")
        let data = FileManager.default.contents(atPath: file) ?? Data()
        let pids = Self.pids(.string(String(decoding: data, as: UTF8.self)))
        #expect(pids.count == 2)
        for pid in pids { #expect(await eventually { !Self.isAlive(pid) }) }
        for pid in pids { _ = Self.end(pid) }
    }

    @Test func `a command that ends in time does not feel its attempt_timeout`() async throws {
        let got = try await run(["command": "echo x", "attempt_timeout": "60s"]).succeeded
        #expect(got["stdout"] == "x\n")
    }

    @Test func `cancelling the work ends the command`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "saga-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withBench(ActionSettings(allowsShell: true, environment: Self.path)) { bench in
            async let outcome = bench.run(
                .shell, ["command": .string("echo $$ > \(file).new; mv \(file).new \(file); sleep 60")])
            let work = Task {
                await bench.run(.shell, ["command": .string("while [ ! -s \(file) ]; do sleep 0.05; done; sleep 60")])
            }
            #expect(await eventually { FileManager.default.fileExists(atPath: file) })
            work.cancel()
            _ = await work.value
            let data = FileManager.default.contents(atPath: file) ?? Data()
            let pid = try #require(Self.pids(.string(String(decoding: data, as: UTF8.self))).first)
            #expect(Self.isAlive(pid))
            _ = Self.end(pid)
            let got = try await outcome.failure
            #expect(got.class == .retryable)
        }
    }
}
