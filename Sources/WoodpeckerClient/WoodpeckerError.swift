package import HTTPTransport
package import SagaCore

/// Why a call of the Woodpecker API gave nothing.
package struct WoodpeckerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// 404, 403: it is not there, or the token may not see it; the server does not tell which.
        case notFoundOrNoPermission
        /// 401. A token the server does not know counts as no token, so reads of public repositories still work.
        case unauthorized
        /// The server will not do it, with its words: 400, 409, 422 and redirects.
        case badRequest(String)
        /// The server failed, or wants to be asked later (408, 425, 429, 5xx), with its words.
        case server(status: Int, String)
        case unreachable(HTTPFailure)
        /// An answer that is not Woodpecker's.
        case unreadable(String)
    }

    package var kind: Kind
    /// Method, and host with path: `POST ci.example.com/api/repos/3/pipelines`.
    package var call: String
    /// Whether the call only reads, so that repeating it is harmless.
    package var isRead: Bool
    package var retryAfter: Duration?

    package init(_ kind: Kind, call: String, isRead: Bool, retryAfter: Duration? = nil) {
        self.kind = kind
        self.call = call
        self.isRead = isRead
        self.retryAfter = retryAfter
    }

    /// Whether it may work next time; `unknown` where the server may have acted.
    package var `class`: Failure.Class {
        switch kind {
        case .notFoundOrNoPermission, .unauthorized, .badRequest: .permanent
        case .server: .retryable
        case .unreachable(let failure) where isRead && failure.class == .unknown:
            failure.kind == .tooLarge ? .permanent : .retryable
        case .unreachable(let failure): failure.class
        case .unreadable: isRead ? .retryable : .unknown
        }
    }

    /// One sentence with method, host and path; never the token.
    package var message: String {
        switch kind {
        case .notFoundOrNoPermission: "\(call): not found, or the token may not see it."
        case .unauthorized: "\(call): the server does not accept the token, or there is none."
        case .badRequest(let text): "\(call): refused" + (text.isEmpty ? "." : ": \(text)")
        case .server(let status, let text):
            "\(call): the server answered \(status)" + (text.isEmpty ? "." : ": \(text)")
        case .unreachable(let failure): "\(call): \(failure.message)"
        case .unreadable(let text): "\(call): the answer is not Woodpecker's: \(text)"
        }
    }

    package var description: String { message }

    package var failure: Failure { Failure(`class`, message, retryAfter: retryAfter) }
}
