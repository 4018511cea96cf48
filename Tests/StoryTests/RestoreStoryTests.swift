import FoundationEssentials
import SagaCore
import TestSupport
import Testing

/// A backup is made and restored by the very commands of the guide to operation, with its paths put into a folder.
@Suite(.timeLimit(.minutes(2))) struct RestoreStoryTests {
    @Test func whatWasBackedUpGoesOnAfterARestore() async throws {
        try await Programs.withFolder { folder in
            for name in ["store", "backup"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            let log = folder + "/effects.log"
            let definition = Definitions.saga(
                "s", [:], Definitions.noting("work", in: log),
                Definitions.approval("gate", [:], ["depends_on": ["work"]]),
                Definitions.noting("last", in: log, ["depends_on": ["gate"]]))
            try await Receiver.with(store: folder + "/store") { receiver in
                let kept = try await receiver.start(definition)
                try await receiver.wait(for: kept, step: "gate", toSay: "approval")
                try await Self.run(blockWith: "saga backup", in: folder)
                #expect(try await receiver.operate("approve", kept, step: "gate").status == 200)
                #expect(try await receiver.waitForEnd(of: kept)["status"] == "completed")
                let later = try await receiver.start(definition)
                try await receiver.wait(for: later, step: "gate", toSay: "approval")
                try Files.write(kept + "\n" + later, folder + "/ids")
                try receiver.kill()
            }
            let ids = Files.lines(folder + "/ids")
            #expect(Files.exists(folder + "/store/saga.db-wal"), "what a killed receiver leaves")
            let early = try await Programs.run(
                "saga", ["restore", "backup/saga-new.db", "--store", "store/saga.db"], in: folder)
            #expect(early.exitCode == 3 && early.errors.contains("in use by receiver on"), "\(early.errors)")
            try await Self.run(blockWith: "saga restore", killed: true, in: folder)
            try await Receiver.with(store: folder + "/store") { receiver in
                let kept = try await receiver.saga(ids[0])
                #expect(kept.step("gate")?["status"] == "running", "as of the backup")
                #expect(try await receiver.send("GET", "/api/v1/sagas/\(ids[1])").status == 404)
                #expect(try await receiver.operate("approve", ids[0], step: "gate").status == 200)
                #expect(try await receiver.waitForEnd(of: ids[0])["status"] == "completed")
            }
            #expect(Files.lines(log) == ["work", "last", "work", "last"], "what came after the backup is done again")
        }
    }

    /// Runs a block of the guide; only the service manager is left out.
    private static func run(blockWith words: String, killed: Bool = false, in folder: String) async throws {
        let page = try GuidePage(path: "plugin/guides/operation.md")
        let block = try #require(page.blocks.first { $0.language == "sh" && $0.text.contains(words) })
        let text = block.text.replacing("/var/lib/saga", with: folder + "/store")
            .replacing("/backup", with: folder + "/backup")
            .replacing("saga restore", with: killed ? "saga restore --force" : "saga restore")
            .split(separator: "\n").filter { !$0.hasPrefix("systemctl ") }.joined(separator: "\n")
        try Files.write("set -eu\n" + text, folder + "/guide.sh")
        let path = Programs.folder + ":/usr/bin:/bin"
        let result = try await Programs.run("/bin/sh", ["guide.sh"], ["PATH": path], in: folder)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.hasSuffix("ok\n"), "\(result.output)")
    }
}
