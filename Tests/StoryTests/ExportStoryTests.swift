import SagaCore
import Testing

/// `saga export`: all that a bug report needs, and no secret.
@Suite(.timeLimit(.minutes(2))) struct ExportStoryTests {
    private static let definition = """
        # The key of the old days was c0mment-key.
        name: leaky
        vars: {api_token: "", region: north}
        steps:
          - name: say
            action: shell
            config: {command: "echo {{ vars.api_token | sh }} in {{ vars.region | sh }}; echo --password=hunter2x"}
          - name: call
            action: api
            depends_on: [say]
            config:
              url: http://ada:l0velace@127.0.0.1:1/x
              headers: {Authorization: Bearer h3ader-value}
            retry_policy: {max_attempts: 1}
        """
    private static let secrets = ["c0mment-key", "t0p-of-the-shop", "hunter2x", "l0velace", "h3ader-value"]

    @Test(arguments: OperatorStoryTests.Place.allCases)
    func aBundleHasEverythingButSecrets(place: OperatorStoryTests.Place) async throws {
        try await OperatorStoryTests.with(place) { desk in
            let saga = try await desk.receiver.run(
                .string(Self.definition), vars: ["api_token": "t0p-of-the-shop"])
            let id = try #require(saga["id"]?.stringValue)
            #expect(saga.json.contains("t0p-of-the-shop"), "what is hidden was there")
            let result = try await desk.saga("export", id)
            #expect(result.exitCode == 0, "\(result.errors)")
            for secret in Self.secrets { #expect(!result.output.contains(secret), "\(secret): \(result.output)") }
            let bundle = try JSONValue(parsing: result.output)
            #expect(bundle["version"]?.stringValue?.isEmpty == false)
            #expect(bundle["saga"]?["id"]?.stringValue == id)
            #expect(bundle["saga"]?["status"] == "failed")
            #expect(bundle["saga"]?["vars"] == ["api_token": "***", "region": "north"])
            let stdout = bundle["saga"]?.step("say")?["output"]?["stdout"]?.stringValue
            #expect(stdout?.contains("*** in north") == true, "\(stdout ?? "")")
            let call = bundle["definition"]?["steps"]?.arrayValue?.last
            #expect(call?["config"]?["headers"] == ["Authorization": "***"])
            #expect(call?["config"]?["url"] == "http://***@127.0.0.1:1/x")
            let kinds = bundle["journal"]?.arrayValue?.compactMap { $0["kind"]?.stringValue }
            #expect(kinds?.first == "saga_created" && kinds?.last == "saga_failed")
            #expect(try await desk.saga("export", "nobody").exitCode == 1)
        }
    }
}
