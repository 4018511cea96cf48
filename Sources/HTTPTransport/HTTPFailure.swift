package import SagaCore

/// No answer, or not a whole one.
package struct HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The URL, a header or the method cannot be sent.
        case badRequest
        /// The host's name (or the proxy's) has no address.
        case unresolved
        /// Nobody took the connection.
        case refused
        /// The address is one this request may not go to.
        case forbiddenAddress
        /// No trust: certificate, CA file or handshake.
        case tls
        case timeout
        /// The other side hung up or spoke no HTTP.
        case connectionLost
        case tooLarge
        /// The caller's task was cancelled.
        case cancelled
        /// The client was closed.
        case closed
        /// The circuit for this host is open; `retryAt` says until when.
        case circuitOpen
    }

    package var kind: Kind
    /// One sentence that names the host; never credentials, path or query.
    package var message: String
    /// False only where surely nothing of the request reached the server.
    package var mayHaveBeenSent: Bool
    /// When the circuit lets a request through again.
    package var retryAt: Moment?

    package init(_ kind: Kind, _ message: String, mayHaveBeenSent: Bool, retryAt: Moment? = nil) {
        self.kind = kind
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
        self.retryAt = retryAt
    }

    package var description: String { message }

    /// The verdict for a step: `unknown` where it may have happened.
    package var `class`: Failure.Class {
        switch kind {
        case .badRequest, .forbiddenAddress: .permanent
        case .unresolved, .refused, .tls, .timeout, .connectionLost, .tooLarge, .cancelled, .closed, .circuitOpen:
            mayHaveBeenSent ? .unknown : .retryable
        }
    }
}
