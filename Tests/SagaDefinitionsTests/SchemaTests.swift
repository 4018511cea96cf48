import SagaCore
import SagaDefinitions
import Testing

@Suite struct SchemaTests {
    @Test func `The schema speaks of every key and every action`() throws {
        let schema = DefinitionSchema.json
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["required"] == ["name", "steps"])
        #expect(schema["additionalProperties"] == false)
        #expect(schema["properties"]?["steps"]?["description"]?.stringValue?.isEmpty == false)
        let step = try #require(schema["properties"]?["steps"]?["items"])
        #expect(step["required"] == ["name", "action"])
        let configs = try #require(step["allOf"]?.arrayValue)
        #expect(
            configs.map { $0["if"]?["properties"]?["action"]?["const"] }
                == ActionKind.allCases.map { .string($0.rawValue) })
        let api = try #require(configs.first?["then"])
        #expect(api["required"] == ["config"])
        #expect(api["properties"]?["config"]?["required"] == ["url"])
    }
}
