package import SagaCore

/// Why a desk did not do what was asked. Nothing of it holds a token or a secret.
package enum DeskFailure: Error, Hashable, Sendable {
    case unknownSaga(String)
    /// It is understood, and not allowed as things stand.
    case refused(String)
    /// What was sent is wrong; `errors` has each fault with `message` and `path`, where they are known.
    case invalid(String, errors: [JSONValue] = [])
    /// The token is missing, wrong, or may not do this.
    case forbidden(String)
    case unreachable(String)

    /// One sentence for people.
    package var message: String {
        switch self {
        case .unknownSaga(let text), .refused(let text), .invalid(let text, _), .forbidden(let text),
            .unreachable(let text):
            text
        }
    }

    /// The sentence, and every single fault that it does not name itself.
    ///
    /// - Parameter file: what faults with a line are prefixed with.
    package func lines(in file: String?) -> [String] {
        guard case .invalid(let text, let errors) = self else { return [SagaText.printable(message)] }
        let message = SagaText.printable(text)
        let isSummary = errors.isEmpty || !errors.allSatisfy { message.contains($0["message"]?.text ?? message) }
        return (isSummary ? [message] : [])
            + errors.map { SagaText.problem($0, in: $0["line"] == nil ? nil : file) }
    }

    package var exitStatus: ProgramExit {
        switch self {
        case .unknownSaga, .refused: .failed
        case .invalid: .misuse
        case .forbidden, .unreachable: .unreachable
        }
    }
}
