import SagaCore
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The description of the API, held against a running receiver by those who know it only from that description.
@Suite(.timeLimit(.minutes(5))) struct OpenAPIStoryTests {
    static func run(_ tool: String, _ arguments: [String], in folder: String) async throws -> (Bool, String) {
        let result = try await Subprocess.run(
            .path(FilePath(TestTools.program(tool))), arguments: Arguments(arguments),
            workingDirectory: FilePath(folder), output: .string(limit: 8 << 20), error: .string(limit: 1 << 20))
        return (
            result.terminationStatus == .exited(0), result.standardOutput + result.standardError
        )
    }

    @Test(.enabled(if: TestTools.has("openapi-spec-validator"), "\(TestTools.missing)"))
    func theDocumentIsOpenAPI() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let document = try await receiver.send("GET", "/openapi.json", token: nil)
                #expect(document.status == 200 && document.json["openapi"] == "3.1.0")
                try Files.write(document.text, folder + "/openapi.json")
                let (isSound, text) = try await Self.run("openapi-spec-validator", ["openapi.json"], in: folder)
                #expect(isSound, "\(text)")
            }
        }
    }

    @Test(.enabled(if: TestTools.has("schemathesis"), "\(TestTools.missing)"))
    func schemathesisFindsNoFailure() async throws {
        var dice = Dice.forFuzzing("schemathesis")
        let seed = dice.next() >> 32
        try await Receiver.withWoodpecker(["SAGA_WEBHOOK_GENERIC_SECRET": Receiver.secret], prefix: "") {
            receiver, fake, folder in
            fake.addPipeline(in: "octo/app", status: "failure")
            _ = try await receiver.start(Definitions.gate)
            let (isSound, text) = try await Self.run(
                "schemathesis",
                [
                    "--config-file", WorkflowFile.root + "/ci/schemathesis.toml", "run", receiver.url + "/openapi.json",
                    "--header", "Authorization: Bearer \(Receiver.token)", "--max-examples", "25", "--seed", "\(seed)",
                    "--request-timeout", "20", "--warnings", "off", "--no-color",
                ], in: folder)
            #expect(isSound, "\(text)")
            #expect(text.contains("Tested:"), "\(text)")
        }
    }
}
