package import SagaCore

/// The JSON Schema (2020-12) of a definition, for editors, made from the tables that the reader checks by.
package enum DefinitionSchema {
    package static var json: JSONValue {
        guard case .object(var schema) = KeyTable.saga.schema(templates: false) else { return [:] }
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = "Saga definition"
        schema["description"] = "The steps of a saga, how they depend on each other, and what undoes them."
        return .object(schema)
    }
}

extension KeyTable {
    func schema(templates: Bool) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for key in keys {
            guard case .object(var property) = key.type.schema(templates: templates) else { continue }
            property["description"] = .string(key.doc)
            properties[key.name] = .object(property)
        }
        let required = keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        var schema: [String: JSONValue] = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        if !required.isEmpty { schema["required"] = .array(required) }
        var all = rules.map(\.schema)
        if keys.contains(where: { if case .config = $0.type { true } else { false } }) {
            all += ActionKind.allCases.map(Self.configSchema)
        }
        if !all.isEmpty { schema["allOf"] = .array(all) }
        return .object(schema)
    }

    private static func configSchema(_ action: ActionKind) -> JSONValue {
        let table = KeyTable.config(of: action)
        var then: [String: JSONValue] = ["properties": ["config": table.schema(templates: true)]]
        let needsConfig = !table.rules.isEmpty || table.keys.contains(where: \.isRequired)
        if needsConfig { then["required"] = ["config"] }
        return [
            "if": ["properties": ["action": ["const": .string(action.rawValue)]], "required": ["action"]],
            "then": .object(then),
        ]
    }
}

extension KeyRule {
    var schema: JSONValue {
        func has(_ name: String) -> JSONValue { ["required": [.string(name)]] }
        func any(_ names: [String]) -> JSONValue { ["anyOf": .array(names.map(has))] }
        return switch self {
        case .exactlyOne(let names): ["oneOf": .array(names.map(has))]
        case .onlyWith(let other, let names): ["if": any(names), "then": has(other)]
        case .neverWith(let other, let names): ["if": has(other), "then": ["not": any(names)]]
        case .anyOf(let names, let other): ["if": ["not": has(other)], "then": any(names)]
        }
    }
}

extension KeyType {
    func schema(templates: Bool) -> JSONValue {
        let plain = plainSchema(templates: templates)
        guard templates else { return plain }
        switch self {
        case .text, .scalar, .anything, .config, .oneOrMany: return plain
        case .name, .flag, .whole, .share, .duration, .timeout, .choice, .url, .time, .pointer, .statusCode, .list,
            .map, .object:
            return ["anyOf": [plain, ["type": "string", "pattern": "\\{\\{"]]]
        }
    }

    private func plainSchema(templates: Bool) -> JSONValue {
        let duration = "([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
        switch self {
        case .name: return ["type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"]
        case .text: return ["type": "string"]
        case .flag: return ["type": "boolean"]
        case .whole(let range):
            var schema: [String: JSONValue] = ["type": "integer", "minimum": .int(Int64(range.lowerBound))]
            if range.upperBound < .max { schema["maximum"] = .int(Int64(range.upperBound)) }
            return .object(schema)
        case .share: return ["type": "number", "minimum": 0, "maximum": 1]
        case .duration:
            return ["anyOf": [["type": "string", "pattern": .string("^(0|(\(duration))+)$")], ["const": 0]]]
        case .timeout: return ["type": "string", "pattern": .string("^(?=.*[1-9])(\(duration))+$")]
        case .choice(let words): return ["enum": .array(words.map(JSONValue.string))]
        case .scalar: return ["type": ["string", "number", "boolean"]]
        case .url: return ["type": "string", "pattern": "^[hH][tT][tT][pP][sS]?://."]
        case .time: return ["type": "string", "format": "date-time"]
        case .pointer: return ["type": "string", "format": "json-pointer"]
        case .statusCode:
            return [
                "anyOf": [
                    ["type": "integer", "minimum": 100, "maximum": 599],
                    ["type": "string", "pattern": "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$"],
                ]
            ]
        case .list(let inner, let count):
            var schema: [String: JSONValue] = ["type": "array", "items": inner.schema(templates: templates)]
            if count.lowerBound > 0 { schema["minItems"] = .int(Int64(count.lowerBound)) }
            if count.upperBound < .max { schema["maxItems"] = .int(Int64(count.upperBound)) }
            return .object(schema)
        case .oneOrMany(let inner):
            let one = inner.schema(templates: templates)
            return ["anyOf": [one, ["type": "array", "items": one]]]
        case .map(let inner, let names):
            var schema: [String: JSONValue] = [
                "type": "object", "additionalProperties": inner.schema(templates: templates),
            ]
            switch names {
            case .any: break
            case .variables: schema["propertyNames"] = ["pattern": "^[A-Za-z_][A-Za-z0-9_]*$"]
            case .outputs: schema["propertyNames"] = ["pattern": "^[A-Za-z0-9_-]+$"]
            }
            return .object(schema)
        case .object(let table): return table.schema(templates: templates)
        case .config: return ["type": "object"]
        case .anything: return [:]
        }
    }
}
