import CCurl
import Glibc
import SagaCore

extension CurlSetup {
    /// Puts libcurl's code into words and decides whether the server may have seen the request.
    func failure(_ code: CURLcode, of transfer: CurlTransfer) -> HTTPFailure {
        let (host, sent) = (transfer.host, transfer.mayHaveBeenSent)
        func failure(_ kind: HTTPFailure.Kind, _ message: String) -> HTTPFailure {
            HTTPFailure(kind, message, mayHaveBeenSent: sent)
        }
        if refusedAddress, !sent {
            return failure(.forbiddenAddress, "\(host) is a link-local or metadata address, which is not allowed.")
        }
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return failure(.badRequest, "The address of a request to \(host) cannot be used.")
        case CURLE_COULDNT_RESOLVE_HOST:
            return failure(.unresolved, "The name of \(host) could not be resolved.")
        case CURLE_COULDNT_RESOLVE_PROXY:
            return failure(.unresolved, "The name of the proxy on the way to \(host) could not be resolved.")
        case CURLE_COULDNT_CONNECT:
            return failure(.refused, "Could not connect to \(host)" + systemError(of: transfer.easy) + ".")
        case CURLE_OPERATION_TIMEDOUT where !sent:
            return failure(.timeout, "Could not connect to \(host) in time.")
        case CURLE_OPERATION_TIMEDOUT:
            return failure(.timeout, "\(host) did not answer in time.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED, CURLE_SSL_CRL_BADFILE:
            let detail = tlsReason.isEmpty ? "" : ": \(tlsReason)"
            return failure(.tls, "No trusted connection to \(host)\(detail).")
        default:
            return failure(.connectionLost, "The connection to \(host) was lost (\(Self.words(code))).")
        }
    }

    private func systemError(of easy: UnsafeMutableRawPointer) -> String {
        var number = 0
        _ = ccurl_get_long(easy, CURLINFO_OS_ERRNO, &number)
        guard number != 0, let text = strerror(Int32(truncatingIfNeeded: number)) else { return "" }
        return ": \(String(cString: text).lowercased())"
    }

    private static func words(_ code: CURLcode) -> String {
        guard let text = curl_easy_strerror(code) else { return "error \(code.rawValue)" }
        return String(cString: text).lowercased()
    }
}
