import SagaCore
import SagaDefinitions

/// The schemas that the document names, by their names.
enum Components {
    static let all: [String: Schema] = [
        "Saga": saga, "Step": step, "Attempt": attempt, "Origin": origin, "RetryPolicy": retryPolicy,
        "JournalEntry": journalEntry, "ListedSignal": listedSignal, "Signal": signal, "Problem": problem,
        "Fault": fault, "Definition": Schema(definition), "Source": source, "Sources": sources, "Circuit": circuit,
    ]

    /// Made of the tables that the reader of definitions checks by. In text, YAML or JSON, it has the same form.
    private static var definition: [String: JSONValue] {
        var schema = DefinitionSchema.json.objectValue ?? [:]
        // The document names the dialect for all its schemas.
        schema["$schema"] = nil
        return schema
    }

    static let problem = Schema.object(
        "A problem as in RFC 9457. Further members say more of some types.",
        [
            "type": .text(
                "What programs tell problems apart by: urn:woodpecker-saga:problem:NAME.", ["format": "uri"]),
            "title": .text("The status in words."), "status": .whole("The status code.", from: 400, to: 599),
            "detail": .text("What is wrong here, and the cure."),
            "errors": .list(.component("Fault"), "Each thing that is wrong, where there can be several."),
        ], optional: ["errors"])

    static let fault = Schema.object(
        "One thing that is wrong with a body, a query or a definition.",
        [
            "message": .text("What is wrong."),
            "path": .text("Where: a member, a parameter, or a place in the definition such as steps[2].config.url."),
            "line": .whole("Of the definition's text, from 1.", from: 1),
            "column": .whole("Of the definition's text, from 1.", from: 1),
            "suggestion": .text("What was probably meant.").orNull,
        ], optional: ["line", "column", "suggestion"])

    static let id = Schema.text(
        "A saga's id, a UUIDv7 in lower case.",
        ["pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"])

    static let name = Schema.text("A name.", ["pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"])

    static let idempotencyKey = Schema.text(
        "The same key with the same definition and variables is the same saga, however often it is started. "
            + "A key lives as long as its saga.", ["minLength": 1, "maxLength": .int(Int64(API.longestKey))])

    /// Control characters are refused in any path or query.
    static let queryText = Schema.text("", ["pattern": "^[^\\u0000-\\u001f\\u007f]*$"])

    static let statuses = SagaStatus.allCases.map(\.rawValue)

    /// A page of a list: the items, and where the next page starts.
    static func page(_ name: String, of items: Schema, _ doc: String) -> Schema {
        .object(doc, [name: .list(items, doc), "next_cursor": cursor])
    }

    static let cursor = Schema.text("Where the next page starts; null at the end.").orNull
}
