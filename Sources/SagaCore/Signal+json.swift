/// What is wrong with a signal's JSON: every fault at once, so that a sender is corrected in one go.
package struct SignalProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package struct Fault: Hashable, Sendable {
        /// The member's name; empty where the whole value is meant.
        package var field: String
        package var message: String
    }

    package var faults: [Fault]

    package var description: String {
        faults.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }.joined(separator: "; ")
    }
}

extension Signal {
    /// Reads what `notify` sends and `POST /api/v1/signals` takes; unknown members are left alone.
    ///
    /// Required are `kind`, `server`, `repo`, `number`, `status` and the name the kind speaks of; for an image `kind`,
    /// `image`, `status` and a digest or a tag.
    package init(json: JSONValue) throws(SignalProblem) {
        try self.init(json, isStored: false)
    }

    /// Reads what `json` wrote: webhooks leave out what their sender does not know. Nil for anything else.
    package init?(stored json: JSONValue) {
        try? self.init(json, isStored: true)
    }

    private init(_ json: JSONValue, isStored: Bool) throws(SignalProblem) {
        guard let members = json.objectValue else {
            throw SignalProblem(faults: [.init(field: "", message: "a JSON object was expected")])
        }
        var fields = SignalFields(members, requires: !isStored)
        let kind = fields.kind()
        let isImage = kind == .image
        self.init(
            kind: kind ?? .pipeline,
            server: fields.text("server", required: !isImage) ?? "",
            repo: fields.text("repo", required: !isImage) ?? "",
            number: fields.positive("number", required: !isImage),
            status: fields.text("status", required: true) ?? "",
            repoID: fields.number("repo_id"),
            id: fields.number("id"),
            workflow: fields.text("workflow", required: kind == .workflow),
            workflowNumber: fields.number("workflow_number"),
            step: fields.text("step", required: kind == .step),
            commit: fields.text("commit"),
            branch: fields.text("branch"),
            event: fields.text("event"),
            url: fields.text("url"),
            image: fields.text("image", required: isImage),
            digest: fields.text("digest"),
            mediaType: fields.text("media_type"),
            exitCode: fields.number("exit_code"),
            error: fields.text("error"),
            at: fields.moment("at"),
            parent: fields.number("parent").flatMap { $0 > 0 ? $0 : nil })
        if isImage, !isStored { nameImage(&fields) }
        guard fields.faults.isEmpty else { throw SignalProblem(faults: fields.faults) }
    }

    /// The same members that `init(json:)` reads; those without a value are left out.
    package var json: JSONValue {
        .object(compacting: [
            "kind": .string(kind.rawValue),
            "server": server.isEmpty ? nil : .string(server),
            "repo": repo.isEmpty ? nil : .string(repo),
            "number": number.map(JSONValue.int),
            "status": .string(status),
            "repo_id": repoID.map(JSONValue.int),
            "id": id.map(JSONValue.int),
            "workflow": workflow.map(JSONValue.string),
            "workflow_number": workflowNumber.map(JSONValue.int),
            "step": step.map(JSONValue.string),
            "commit": commit.map(JSONValue.string),
            "branch": branch.map(JSONValue.string),
            "event": event.map(JSONValue.string),
            "url": url.map(JSONValue.string),
            "image": image.map(JSONValue.string),
            "digest": digest.map(JSONValue.string),
            "media_type": mediaType.map(JSONValue.string),
            "exit_code": exitCode.map(JSONValue.int),
            "error": error.map(JSONValue.string),
            "at": at.map { .string($0.description) },
            "parent": parent.map(JSONValue.int),
        ])
    }

    /// Brings `name@digest` and a tag of its own into the form all images have, and asks for one of the two.
    private mutating func nameImage(_ fields: inout SignalFields) {
        guard var name = image else { return }
        if let at = name.firstIndex(of: "@") {
            digest = digest ?? String(name[name.index(after: at)...])
            name = String(name[..<at])
        }
        let last = name[(name.lastIndex(of: "/") ?? name.startIndex)...]
        if !last.contains(":"), let tag = fields.text("tag") { name += ":" + tag }
        image = name
        if digest == nil, !name[(name.lastIndex(of: "/") ?? name.startIndex)...].contains(":") {
            fields.fault("image", "a tag is missing ('\(name):TAG'), or give a digest")
        }
    }
}

/// Takes members out of an object and remembers what was wrong with them; null counts as absent, as does "".
private struct SignalFields {
    private let members: [String: JSONValue]
    private(set) var faults: [SignalProblem.Fault] = []

    /// Whether a required member may not be missing.
    private let requires: Bool

    init(_ members: [String: JSONValue], requires: Bool) {
        self.members = members
        self.requires = requires
    }

    mutating func fault(_ field: String, _ message: String) {
        faults.append(.init(field: field, message: message))
    }

    mutating func kind() -> Signal.Kind? {
        guard let word = text("kind", required: true) else { return nil }
        let kind = Signal.Kind(rawValue: word)
        if kind == nil {
            let words = Signal.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            fault("kind", "'\(word)' is none of \(words)")
        }
        return kind
    }

    mutating func text(_ field: String, required: Bool = false) -> String? {
        let value = members[field] ?? .null
        if let text = value.stringValue, !text.isEmpty { return text }
        if value.isNull || value.stringValue != nil {
            if required, requires { fault(field, "is missing") }
        } else {
            fault(field, "must be a text")
        }
        return nil
    }

    mutating func number(_ field: String, required: Bool = false) -> Int64? {
        let value = members[field] ?? .null
        if let number = value.intValue { return number }
        if !value.isNull {
            fault(field, "must be a whole number")
        } else if required, requires {
            fault(field, "is missing")
        }
        return nil
    }

    mutating func positive(_ field: String, required: Bool) -> Int64? {
        guard let number = number(field, required: required) else { return nil }
        if number < 1 { fault(field, "must be 1 or more") }
        return number
    }

    mutating func moment(_ field: String) -> Moment? {
        guard let text = text(field) else { return nil }
        let moment = Moment(rfc3339: text)
        if moment == nil { fault(field, "must be a time as in RFC 3339") }
        return moment
    }
}
