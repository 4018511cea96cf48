package import SagaCore

/// What an authentic delivery says.
package enum Reading: Hashable, Sendable {
    /// `deliveryID` is the sender's id for this delivery, `semanticKey` the same for every delivery of the same fact;
    /// `boundTo` is the repository of the secret that verified it, nil where the secret holds for all of them.
    case signals([Signal], deliveryID: String?, semanticKey: String, boundTo: String?)
    /// Authentic, but of no interest here (a push, a ping, somebody else's build): to be answered with 200.
    case ignored(reason: String, deliveryID: String?)
}

/// Why a delivery is turned away; no text of it ever holds a secret or the signature that was expected.
package enum Rejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// No secret is configured for this sender.
    case closed
    case badSignature
    case unreadable(String)
    case unsupportedMediaType
    case tooLarge

    package var httpStatus: Int {
        switch self {
        case .closed: 404
        case .badSignature: 401
        case .unreadable: 400
        case .unsupportedMediaType: 415
        case .tooLarge: 413
        }
    }

    package var description: String {
        switch self {
        case .closed: "this sender is not configured"
        case .badSignature: "no configured secret verifies this delivery"
        case .unreadable(let reason): reason
        case .unsupportedMediaType: "this content type or content encoding is not taken here"
        case .tooLarge: "the body is larger than 25 MiB"
        }
    }
}
