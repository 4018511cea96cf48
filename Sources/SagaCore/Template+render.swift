/// What templates may speak of at the moment of use.
package struct TemplateContext: Sendable {
    package var vars: [String: JSONValue]
    /// By step name; only what may be known at that point belongs here.
    package var outputs: [String: JSONValue]
    package var sagaID: String
    package var sagaName: String
    /// Nil outside a step: in `when` and `concurrency.key`.
    package var stepName: String?
    package var attempt: Int?
    package var idempotencyKey: String?
    package var ci: [String: String]
    /// Asked for one name at a time, so that no rendered tree needs to hold every secret.
    package var secret: @Sendable (String) -> String?

    package init(
        vars: [String: JSONValue] = [:], outputs: [String: JSONValue] = [:], sagaID: String, sagaName: String,
        stepName: String? = nil, attempt: Int? = nil, idempotencyKey: String? = nil, ci: [String: String] = [:],
        secret: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.vars = vars
        self.outputs = outputs
        self.sagaID = sagaID
        self.sagaName = sagaName
        self.stepName = stepName
        self.attempt = attempt
        self.idempotencyKey = idempotencyKey
        self.ci = ci
        self.secret = secret
    }

    package func value(of reference: Template.Reference) -> JSONValue? {
        switch reference {
        case .variable(let name, let keys): vars[name].flatMap { $0.value(at: keys) }
        case .output(let step, let keys): outputs[step].flatMap { $0.value(at: keys) }
        case .saga(.id): .string(sagaID)
        case .saga(.name): .string(sagaName)
        case .step(.name): stepName.map(JSONValue.string)
        case .step(.attempt): attempt.map { .int(Int64($0)) }
        case .step(.idempotencyKey): idempotencyKey.map(JSONValue.string)
        case .ci(let name): ci[name].map(JSONValue.string)
        case .secret(let name): secret(name).map(JSONValue.string)
        }
    }
}

/// Why a template could not be rendered: a permanent failure of its step. Names paths, never values.
package struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        case missing(String)
        /// There is a value and it is null, which no text can hold.
        case null(String)
        case unreadable(TemplateProblem)
    }

    package var reason: Reason
    /// The place inside the rendered tree, `headers.X-Id`; empty where a single string was rendered.
    package var at: String

    package var description: String {
        let place = at.isEmpty ? "" : "\(at): "
        return switch reason {
        case .missing(let path): "\(place)\(path) has no value"
        case .null(let path): "\(place)\(path) is null"
        case .unreadable(let problem): "\(place)\(problem.message) at character \(problem.offset + 1)"
        }
    }
}

extension Template {
    /// A template that is one expression keeps the value's type; otherwise the texts are joined.
    package func render(in context: TemplateContext) throws(TemplateError) -> JSONValue {
        if parts.count == 1, case .expression(let only) = parts[0] { return try only.value(in: context) }
        var text = ""
        for part in parts {
            switch part {
            case .text(let plain): text += plain
            case .expression(let expression):
                let value = try expression.value(in: context)
                if value.isNull { throw TemplateError(reason: .null(expression.path), at: "") }
                text += value.text
            }
        }
        return .string(text)
    }
}

extension Template.Expression {
    /// What stands before the filters, as written.
    package var path: String {
        switch source {
        case .literal(let text): JSONValue.string(text).json
        case .reference(let reference): reference.description
        }
    }

    func value(in context: TemplateContext) throws(TemplateError) -> JSONValue {
        var value: JSONValue?
        switch source {
        case .literal(let text): value = .string(text)
        case .reference(let reference): value = context.value(of: reference)
        }
        for filter in filters {
            switch filter {
            case .standard(let standard):
                if value == nil || value == .null { value = standard }
            case .json:
                if let present = value { value = .string(present.json) }
            case .url:
                if let present = value { value = .string(TemplateFilter.percentEncoded(try text(of: present))) }
            case .sh:
                if let present = value { value = .string(TemplateFilter.shellQuoted(try text(of: present))) }
            }
        }
        guard let value else { throw TemplateError(reason: .missing(path), at: "") }
        return value
    }

    private func text(of value: JSONValue) throws(TemplateError) -> String {
        if value.isNull { throw TemplateError(reason: .null(path), at: "") }
        return value.text
    }
}

extension JSONValue {
    /// The value with each string in it rendered, at any depth; keys stay.
    package func rendered(in context: TemplateContext) throws(TemplateError) -> JSONValue {
        try rendered(in: context, at: "")
    }

    private func rendered(in context: TemplateContext, at path: String) throws(TemplateError) -> JSONValue {
        switch self {
        case .string(let text):
            guard Template.isIn(text) else { return self }
            let template: Template
            do throws(TemplateProblem) {
                template = try Template.parse(text)
            } catch {
                throw TemplateError(reason: .unreadable(error), at: path)
            }
            do throws(TemplateError) {
                return try template.render(in: context)
            } catch {
                throw TemplateError(reason: error.reason, at: path)
            }
        case .array(let items):
            var out: [JSONValue] = []
            for (index, item) in items.enumerated() {
                out.append(try item.rendered(in: context, at: Self.path(path, index)))
            }
            return .array(out)
        case .object(let members):
            var out: [String: JSONValue] = [:]
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                out[key] = try member.rendered(in: context, at: Self.path(path, key))
            }
            return .object(out)
        case .null, .bool, .int, .double:
            return self
        }
    }

    fileprivate func value(at keys: [Template.Key]) -> JSONValue? {
        keys.reduce(JSONValue?.some(self)) { value, key in
            switch key {
            case .member(let name): value?[name]
            case .index(let index): value?[index]
            }
        }
    }

    /// `path.key`, or `path["odd key"]` where a dot would mislead.
    package static func path(_ path: String, _ key: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        guard isPlain else { return "\(path)[\(JSONValue.string(key).json)]" }
        return path.isEmpty ? key : "\(path).\(key)"
    }

    package static func path(_ path: String, _ index: Int) -> String { "\(path)[\(index)]" }
}
