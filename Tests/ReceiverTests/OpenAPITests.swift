import HTTPTypes
import SagaCore
import Testing

@testable import saga_receiver

/// The document says all that the routes are, and the answers have nothing that it does not name.
@Suite struct OpenAPITests {
    static func operations(_ document: JSONValue) -> [(path: String, method: String, operation: JSONValue)] {
        (document["paths"]?.objectValue ?? [:]).flatMap { path, methods in
            (methods.objectValue ?? [:]).map { (path, $0.key, $0.value) }
        }
    }

    @Test func `every route of the API is described, and every operation is complete`() async throws {
        try await House.with { (house: House) async throws in
            let document = try await house.call(.get, "/openapi.json", token: nil).json
            let operations = Self.operations(document)
            #expect(operations.count == house.routes.count)
            #expect(house.routes.allSatisfy { $0.description != nil })
            let ids = operations.compactMap { $0.operation["operationId"]?.stringValue }
            #expect(Set(ids).count == operations.count)
            let tags = document["tags"]?.arrayValue?.map { $0["name"] } ?? []
            for (path, method, operation) in operations {
                let name = "\(method) \(path)"
                #expect(tags.contains(operation["tags"]?[0]), "\(name)")
                #expect(operation["summary"]?.stringValue?.isEmpty == false, "\(name)")
                let responses = try #require(operation["responses"]?.objectValue)
                #expect(responses.keys.contains { $0.hasPrefix("2") }, "\(name)")
                #expect(responses["500"] != nil, "\(name)")
                let isClosed = operation["security"]?.arrayValue?.isEmpty == false
                #expect(isClosed == (responses["403"] != nil), "\(name)")
                let inPath = Set(
                    path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() })
                let parameters = operation["parameters"]?.arrayValue ?? []
                #expect(
                    Set(parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.stringValue?[...] }) == inPath
                )
                #expect(parameters.allSatisfy { $0["description"]?.stringValue?.isEmpty == false }, "\(name)")
            }
        }
    }

    @Test func `every reference leads somewhere, and every component is used`() async throws {
        try await House.with { (house: House) async throws in
            let document = try await house.call(.get, "/openapi.json", token: nil).json
            let used = Set(document.json.matches(of: /"#\/components\/schemas\/(\w+)"/).map { String($0.1) })
            #expect(used == Set((document["components"]?["schemas"]?.objectValue ?? [:]).keys))
        }
    }

    @Test func `a parameter that is not described is refused everywhere`() async throws {
        try await House.with { (house: House) async throws in
            let id = try await house.start()
            for path in ["", "/\(id)", "/\(id)/journal", "/\(id)/events"] {
                let answer = try await house.call(.get, "/api/v1/sagas\(path)?colour=red")
                #expect(answer.status == 400 && answer.json["errors"]?[0]?["path"] == "colour", "\(path)")
            }
            let body = try await house.call(.post, "/api/v1/sagas/\(id)/pause", #"{"resaon": "x"}"#)
            #expect(body.status == 400 && body.json["errors"]?[0]?["suggestion"] == "reason")
        }
    }

    /// A member that nobody described would be one that nobody can rely on.
    @Test func `answers have the members that are described, and no others`() async throws {
        try await House.with { (house: House) async throws in
            let document = try await house.call(.get, "/openapi.json", token: nil).json
            let id = try await house.start(key: "k")
            _ = try await house.call(
                .post, "/api/v1/signals",
                #"{"kind": "image", "image": "r/a:1", "status": "success"}"#)
            for path in [
                "/api/v1/sagas", "/api/v1/sagas/\(id)", "/api/v1/sagas/\(id)/journal", "/api/v1/signals",
                "/api/v1/status", "/health", "/health/ready", "/health/circuits", "/api/v1/sagas/nope",
            ] {
                let answer = try await house.call(.get, path)
                let pattern = path.replacing(id, with: "{id}").replacing("nope", with: "{id}")
                let response = document["paths"]?[pattern]?["get"]?["responses"]?["\(answer.status)"]
                let schema = try #require(
                    (response?["content"]?["application/json"] ?? response?["content"]?["application/problem+json"])?[
                        "schema"], "\(path)")
                Self.check(answer.json, schema, document, path)
            }
        }
    }

    private static func check(_ value: JSONValue, _ schema: JSONValue, _ document: JSONValue, _ place: String) {
        if let name = schema["$ref"]?.stringValue?.split(separator: "/").last {
            let component = document["components"]?["schemas"]?[String(name)] ?? .null
            return check(value, component, document, place)
        }
        if let items = value.arrayValue, let schema = schema["items"] {
            for item in items { check(item, schema, document, place + "[]") }
        }
        guard let members = value.objectValue, let known = schema["properties"]?.objectValue else { return }
        for (name, member) in members {
            guard let schema = known[name] else {
                Issue.record("\(place).\(name) is not described")
                continue
            }
            check(member, schema, document, "\(place).\(name)")
        }
        for name in schema["required"]?.arrayValue ?? [] {
            #expect(members[name.text] != nil, "\(place).\(name.text) is missing")
        }
    }
}
