import FoundationEssentials
import SagaCore
import Testing

/// The JSON Schema that editors use, held against definitions by a validator that is not ours.
@Suite(.timeLimit(.minutes(2)), .enabled(if: TestTools.has("check-jsonschema"), "\(TestTools.missing)"))
struct SchemaStoryTests {
    private static func withSchema(
        _ body: (_ check: ([String]) async throws -> (Bool, String), _ folder: String) async throws -> Void
    ) async throws {
        try await Programs.withFolder { folder in
            let schema = try await Programs.run("saga", ["schema"], in: folder)
            #expect(schema.exitCode == 0)
            try Files.write(schema.output, folder + "/schema.json")
            try await body({ try await OpenAPIStoryTests.run("check-jsonschema", $0, in: folder) }, folder)
        }
    }

    /// The definitions of the examples.
    static let examples: [String] = {
        let root = WorkflowFile.root + "/plugin/examples"
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { root + "/" + $0 }
    }()

    @Test func everyExampleKeepsIt() async throws {
        #expect(!Self.examples.isEmpty)
        try await Self.withSchema { check, _ in
            let (isSchema, why) = try await check(["--check-metaschema", "schema.json"])
            #expect(isSchema, "\(why)")
            let (isKept, text) = try await check(["--schemafile", "schema.json"] + Self.examples)
            #expect(isKept, "\(text)")
        }
    }

    /// What `saga validate` refuses because of its form alone.
    static let faulty = [
        "steps: []", "name: a\nsteps: []", "name: A\nsteps: [{name: s, action: approval}]",
        "name: a\nsteps: [{name: s, action: approvall}]", "name: a\nstep: []\nsteps: [{name: s, action: approval}]",
        "name: a\nsteps: [{name: s, action: api}]",
        "name: a\nsteps: [{name: s, action: api, config: {url: 'ftp://x'}}]",
        "name: a\ntimeout: 0s\nsteps: [{name: s, action: approval}]",
        "name: a\nsteps: [{name: s, action: approval, timeout: soon}]",
        "name: a\nsteps: [{name: s, action: approval, retry_policy: {max_attempts: 0}}]",
        "name: a\nsteps: [{name: s, action: shell, config: {command: x, args: [y]}}]",
        "name: a\nsteps: [{name: s, action: sleep, config: {}}]",
        "name: a\nsteps: [{name: s, action: wait_pipeline, config: {number: 0}}]",
    ]

    @Test func whatIsRefusedByValidateIsRefusedByTheSchema() async throws {
        try await Self.withSchema { check, folder in
            for text in Self.faulty {
                try Files.write(text + "\n", folder + "/faulty.yaml")
                let own = try await Programs.run("saga", ["validate", "faulty.yaml"], in: folder)
                #expect(own.exitCode == 1, "\(text)")
                let (isKept, why) = try await check(["--schemafile", "schema.json", "faulty.yaml"])
                #expect(!isKept && why.contains("faulty.yaml"), "\(text): \(why)")
            }
        }
    }
}
