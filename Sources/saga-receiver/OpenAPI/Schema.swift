import SagaCore

/// A JSON Schema (2020-12) of something that the API takes or answers.
struct Schema: Hashable, Sendable {
    private(set) var members: [String: JSONValue]

    var json: JSONValue { .object(members) }

    init(_ members: [String: JSONValue]) {
        self.members = members
    }

    static func text(_ doc: String, _ more: [String: JSONValue] = [:]) -> Schema {
        Schema(["type": "string"]).with(more, doc)
    }

    static func whole(_ doc: String, from least: Int64? = nil, to most: Int64? = nil) -> Schema {
        var members: [String: JSONValue] = ["type": "integer"]
        members["minimum"] = least.map { .int($0) }
        members["maximum"] = most.map { .int($0) }
        return Schema(members).with([:], doc)
    }

    static func number(_ doc: String) -> Schema { Schema(["type": "number"]).with([:], doc) }

    static func flag(_ doc: String) -> Schema { Schema(["type": "boolean"]).with([:], doc) }

    /// A moment in RFC 3339.
    static func time(_ doc: String) -> Schema { text(doc, ["format": "date-time"]) }

    static func choice(_ words: some Sequence<String>, _ doc: String) -> Schema {
        text(doc, ["enum": .array(words.map { .string($0) })])
    }

    static func list(_ items: Schema, _ doc: String) -> Schema {
        Schema(["type": "array", "items": items.json]).with([:], doc)
    }

    /// Any JSON value.
    static func anything(_ doc: String) -> Schema { Schema(["description": .string(doc)]) }

    /// An object whose members are not fixed.
    static func map(_ doc: String, of values: Schema? = nil) -> Schema {
        Schema(["type": "object", "additionalProperties": values?.json ?? true]).with([:], doc)
    }

    /// What an answer holds: every member is there, and a later version may add more.
    static func object(_ doc: String, _ properties: [String: Schema], optional: Set<String> = []) -> Schema {
        let required = properties.keys.filter { !optional.contains($0) }.sorted()
        var members: [String: JSONValue] = [
            "type": "object", "properties": .object(properties.mapValues(\.json)),
        ]
        if !required.isEmpty { members["required"] = .array(required.map { .string($0) }) }
        return Schema(members).with([:], doc)
    }

    /// What a body may hold: nothing else, and null counts as absent, but for what is required.
    static func body(_ doc: String, _ properties: [String: Schema], required: [String] = []) -> Schema {
        let all = properties.map { name, schema in (name, required.contains(name) ? schema : schema.orNull) }
        var schema = object(doc, Dictionary(uniqueKeysWithValues: all), optional: Set(properties.keys))
        if !required.isEmpty { schema.members["required"] = .array(required.map { .string($0) }) }
        schema.members["additionalProperties"] = false
        return schema
    }

    static func oneOf(_ schemas: [Schema], _ doc: String) -> Schema {
        Schema(["oneOf": .array(schemas.map(\.json))]).with([:], doc)
    }

    /// One of the document's components.
    static func component(_ name: String) -> Schema {
        Schema(["$ref": .string("#/components/schemas/\(name)")])
    }

    var orNull: Schema {
        guard case .string(let type)? = members["type"] else {
            return members["$ref"] == nil && members["oneOf"] == nil
                ? self : Schema(["oneOf": [json, ["type": "null"]]])
        }
        var schema = self
        schema.members["type"] = [.string(type), "null"]
        if let words = members["enum"]?.arrayValue { schema.members["enum"] = .array(words + [.null]) }
        return schema
    }

    /// The same with another description.
    func saying(_ doc: String) -> Schema {
        Schema(members.merging(["description": .string(doc)]) { $1 })
    }

    /// The same with further rules.
    func and(_ more: [String: JSONValue]) -> Schema {
        Schema(members.merging(more) { $1 })
    }

    /// The names of an object's members.
    var names: [String] { members["properties"]?.objectValue?.keys.sorted() ?? [] }

    private func with(_ more: [String: JSONValue], _ doc: String) -> Schema {
        Schema(members.merging(more) { $1 }.merging(doc.isEmpty ? [:] : ["description": .string(doc)]) { $1 })
    }
}
