import SagaCore
import Subprocess
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(3))) struct FullDiskStoryTests {
    static let definition: JSONValue = [
        "name": "small", "vars": ["filler": ""],
        "steps": [
            ["name": "a", "action": "sleep", "config": ["duration": "0s"]],
            ["name": "b", "action": "sleep", "config": ["duration": "0s"], "depends_on": ["a"]],
        ],
    ]

    /// A disk that fills up pauses the receiver: it says so, and goes on when there is room. What it had accepted is
    /// still there, and what it could not keep was not accepted.
    @Test func aDiskThatFillsUpPausesTheReceiverAndLosesNothing() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder, fileBlocks: 2048) { receiver in
                let filler = String(repeating: "x", count: 20_000)
                var accepted: [String] = []
                var refused: Receiver.Answer?
                for _ in 0..<400 where refused == nil {
                    let answer = try await receiver.send(
                        "POST", "/api/v1/sagas",
                        ["definition": Self.definition, "vars": ["filler": .string(filler)]])
                    if answer.status == 201 {
                        accepted.append(try #require(answer.json["id"]?.stringValue))
                    } else {
                        refused = answer
                    }
                }
                let problem = try #require(refused, "the disk never filled up")
                #expect(problem.status == 503, "\(problem.text)")
                #expect(problem.json["detail"]?.stringValue?.contains("store") == true, "\(problem.text)")
                #expect(!accepted.isEmpty)
                let ready = try await receiver.send("GET", "/health/ready", token: nil)
                #expect(ready.status == 503, "\(ready.text)")
                let why = ready.json["detail"]?.stringValue ?? ""
                // A limit of a file is told as an I/O error, where a full disk is told as one.
                #expect(why.hasPrefix("the store \(folder)/saga.db failed: "), "a sentence, not a value: \(why)")

                let raised = try await Subprocess.run(
                    .name("prlimit"), arguments: ["--fsize=unlimited", "--pid", "\(receiver.process.value)"],
                    output: .discarded, error: .discarded)
                #expect(raised.terminationStatus == .exited(0))
                for id in accepted {
                    #expect(try await receiver.waitForStatus(id, "completed")["status"] == "completed")
                }
                #expect(try await receiver.send("GET", "/health/ready", token: nil).status == 200)
            }
            let check = try await Programs.run("saga", ["check", "--store", folder + "/saga.db"], in: folder)
            #expect(check.exitCode == 0, "\(check.output)")
        }
    }
}
