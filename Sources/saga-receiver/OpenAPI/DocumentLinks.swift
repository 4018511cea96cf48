import SagaCore

/// What can be done next with a saga that was just started: the links of the answer to `startSaga`.
enum DocumentLinks {
    /// - Parameter routes: all of them; those on the saga's id follow.
    static func fromStart(to routes: [Route]) -> JSONValue {
        var links: [String: JSONValue] = [:]
        for route in routes where route.path.starts(with: ["api", "v1", "sagas", "{id}"]) {
            guard let description = route.description else { continue }
            var parameters: [String: JSONValue] = ["id": "$response.body#/id"]
            if route.parameterNames.contains("step") { parameters["step"] = "$response.body#/steps/0/name" }
            links[description.id] = [
                "operationId": .string(description.id), "parameters": .object(parameters),
                "description": .string("\(description.summary)."),
            ]
        }
        return .object(links)
    }
}
