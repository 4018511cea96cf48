import SagaCore

/// Replaces the values of secrets wherever they turn up in what an action brings back.
struct Redaction: Sendable {
    /// Shorter values would tear holes into ordinary text.
    static let shortest = 6

    /// Longest first, so that a secret that contains another one goes as a whole.
    private let values: [String]

    init(secrets: [String: String]) {
        let plain = secrets.values.filter { $0.count >= Self.shortest }
        values = Set(plain.flatMap(Self.spellings)).sorted { $0.count > $1.count }
    }

    /// A secret as it may come back: plain, inside a URL, inside JSON, inside a shell's quotes.
    private static func spellings(_ secret: String) -> [String] {
        let json = JSONValue.string(secret).json
        return [
            secret, TemplateFilter.percentEncoded(secret), String(json.dropFirst().dropLast()),
            TemplateFilter.shellQuoted(secret),
        ]
    }

    func clean(_ text: String) -> String {
        values.reduce(text) { $0.contains($1) ? $0.replacing($1, with: "***") : $0 }
    }

    func clean(_ value: JSONValue) -> JSONValue {
        guard !values.isEmpty else { return value }
        switch value {
        case .string(let text): return .string(clean(text))
        case .array(let items): return .array(items.map(clean))
        case .object(let members):
            return .object(
                Dictionary(members.map { (clean($0.key), clean($0.value)) }) { first, _ in first })
        case .int, .double:
            // A secret of digits may come back as a number.
            let text = value.text
            return values.contains { text.contains($0) } ? .string(clean(text)) : value
        case .null, .bool:
            return value
        }
    }

    func clean(_ failure: Failure) -> Failure {
        Failure(
            failure.class, clean(failure.message), retryAfter: failure.retryAfter, output: failure.output.map(clean))
    }

    func clean(_ outcome: Outcome) -> Outcome {
        switch outcome {
        case .succeeded(let output): return .succeeded(output: clean(output))
        case .failed(let failure): return .failed(clean(failure))
        case .waits(var wait):
            wait.seen = wait.seen.map(clean)
            if case .approval(let message, let approvers) = wait.subject {
                wait.subject = .approval(message: clean(message), approvers: approvers)
            }
            return .waits(wait)
        case .postponed(let until, let reason): return .postponed(until: until, reason: clean(reason))
        }
    }
}
