/// HTTP over libcurl: all transfers on one thread of its own, connections kept and shared between them.
///
/// Speaks HTTP/1.1 and HTTP/2, never follows redirects, takes proxies from the process's `http_proxy`, `HTTPS_PROXY`
/// and `NO_PROXY`. The thread ends with `close()` or with the client.
package final class CurlClient: HTTPClient {
    package struct Options: Hashable, Sendable {
        /// PEM file that replaces the system's trust.
        package var caFile: String?
        /// Accept any certificate.
        package var skipVerify: Bool
        package var connectTimeout: Duration

        package init(caFile: String? = nil, skipVerify: Bool = false, connectTimeout: Duration = .seconds(10)) {
            self.caFile = caFile
            self.skipVerify = skipVerify
            self.connectTimeout = connectTimeout
        }
    }

    private let loop: CurlLoop

    /// `environment` is asked for `CURL_CA_BUNDLE`, `SSL_CERT_FILE` and `SSL_CERT_DIR`, which libcurl leaves alone.
    package init(userAgent: String, options: Options = Options(), environment: [String: String] = [:]) {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        loop = CurlLoop(
            settings: CurlSettings(
                userAgent: userAgent,
                caFile: options.caFile ?? variable("CURL_CA_BUNDLE") ?? variable("SSL_CERT_FILE"),
                caDirectory: options.caFile == nil ? variable("SSL_CERT_DIR") : nil,
                skipVerify: options.skipVerify, connectTimeout: options.connectTimeout))
        loop.start()
    }

    deinit {
        loop.close()
    }

    /// Ends what runs with `closed` and stops the thread; later requests fail at once.
    package func close() {
        loop.close()
    }

    /// Whether the thread is gone.
    package var isStopped: Bool { loop.isStopped }

    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let id = loop.newID()
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(.start(CurlJob(id: id, request: request, sink: .whole(continuation))))
                // Cancelled before the start was queued: the handler's word came too early to be understood.
                if Task.isCancelled { loop.submit(.cancel(id)) }
            }
        } onCancel: {
            loop.submit(.cancel(id))
        }.get()
    }

    package func stream(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPStream {
        let id = loop.newID()
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(.start(CurlJob(id: id, request: request, sink: .head(continuation))))
                if Task.isCancelled { loop.submit(.cancel(id)) }
            }
        } onCancel: {
            loop.submit(.cancel(id))
        }.get()
    }
}
