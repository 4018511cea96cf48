import Hummingbird
import SagaCore
import SagaDefinitions

extension API {
    var definitionRoutes: [Route] {
        [
            Route(.post, "/api/v1/definitions/validate", .scope(.read), .validate, validate),
            Route(.post, "/api/v1/definitions/plan", .scope(.read), .plan, plan),
        ]
    }

    private func validate(_ call: Call) async throws -> Response {
        let text = try await definitionText(call)
        do {
            let checked = try DefinitionReader.read(text)
            return .json(["valid": true, "errors": [], "warnings": .array(checked.warnings.map(\.json))])
        } catch {
            return .json([
                "valid": false, "errors": .array(error.problems.map(\.json)),
                "warnings": .array(error.warnings.map(\.json)),
            ])
        }
    }

    private func plan(_ call: Call) async throws -> Response {
        let checked = try DefinitionReader.read(try await definitionText(call))
        return .json(Plan(checked.definition, warnings: checked.warnings).json)
    }

    private func definitionText(_ call: Call) async throws -> String {
        var members = try await Members(call)
        let text = members.definitionText()
        try members.check()
        return text ?? ""
    }
}
