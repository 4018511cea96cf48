import CCurl
import SagaCore

/// Writes a request onto an easy handle, and owns the memory that libcurl only borrows.
final class CurlSetup {
    private let easy: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let guarded: UnsafeMutablePointer<ccurl_socket_guard>
    private let reason: UnsafeMutablePointer<CChar>

    init(easy: UnsafeMutableRawPointer) {
        self.easy = easy
        guarded = .allocate(capacity: 1)
        guarded.initialize(to: ccurl_socket_guard(refuse_link_local: 0, refused: 0))
        reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_slist_free_all(headerList)
        guarded.deallocate()
        reason.deallocate()
    }

    /// Whether the guard turned an address down.
    var refusedAddress: Bool { guarded.pointee.refused != 0 }

    /// What TLS had to say; names hosts and files, never the request.
    var tlsReason: String { String(cString: reason) }

    func apply(_ request: HTTPRequest, host: String, settings: CurlSettings, isStream: Bool) throws(HTTPFailure) {
        try check(request, host: host)
        long(CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_basics(easy)
        guarded.pointee.refuse_link_local = request.allowsLinkLocal ? 0 : 1
        _ = ccurl_set_socket_guard(easy, guarded)
        _ = ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason)
        string(CURLOPT_URL, request.url)
        string(CURLOPT_USERAGENT, settings.userAgent)
        long(CURLOPT_FOLLOWLOCATION, 0)
        long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        long(CURLOPT_TCP_KEEPALIVE, 1)
        long(CURLOPT_FRESH_CONNECT, request.repeatable ? 0 : 1)
        trust(settings)
        times(request, settings, isStream: isStream)
        // A stream must arrive as it is sent; a decoder may hold bytes back.
        if !isStream { string(CURLOPT_ACCEPT_ENCODING, "") }
        method(request)
        try headers(request)
    }

    private func trust(_ settings: CurlSettings) {
        if let file = settings.caFile { string(CURLOPT_CAINFO, file) }
        if let directory = settings.caDirectory { string(CURLOPT_CAPATH, directory) }
        if settings.skipVerify {
            long(CURLOPT_SSL_VERIFYPEER, 0)
            long(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func times(_ request: HTTPRequest, _ settings: CurlSettings, isStream: Bool) {
        long(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(settings.connectTimeout))
        guard isStream else { return long(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout)) }
        guard let silence = request.silence else { return }
        long(CURLOPT_LOW_SPEED_LIMIT, 1)
        long(CURLOPT_LOW_SPEED_TIME, max(1, Self.milliseconds(silence) / 1000))
    }

    /// libcurl reads 0 as "no limit", which no caller means, and holds what it got in 32 bits.
    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(duration.inMilliseconds, 1), 2_000_000_000))
    }

    private func method(_ request: HTTPRequest) {
        if let body = request.body ?? (request.method == "POST" ? [] : nil) {
            long(CURLOPT_POST, 1)
            _ = ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            // Copied here and now; an empty body needs an address too, or libcurl would read standard input.
            (body + [0]).withUnsafeBytes { bytes in
                let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                _ = ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, start)
            }
        } else if request.method == "HEAD" {
            long(CURLOPT_NOBODY, 1)
        }
        string(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func headers(_ request: HTTPRequest) throws(HTTPFailure) {
        for field in request.headers.fields {
            // libcurl reads "Name:" as "leave it out" and "Name;" as "send it empty".
            append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // Neither a guessed content type nor a round trip for "100 Continue".
        if request.headers["Content-Type"] == nil { append("Content-Type:") }
        if request.headers["Expect"] == nil { append("Expect:") }
        _ = ccurl_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    }

    private func append(_ line: String) {
        if let longer = curl_slist_append(headerList, line) { headerList = longer }
    }

    private func check(_ request: HTTPRequest, host: String) throws(HTTPFailure) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isTokenByte) else {
            throw .unsendable("The method of a request to \(host) is no HTTP method.")
        }
        for field in request.headers.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenByte),
                field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 })
            else { throw .unsendable("A header of a request to \(host) has characters that headers may not have.") }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private func long(_ option: CURLoption, _ value: Int) {
        _ = ccurl_set_long(easy, option, value)
    }

    private func string(_ option: CURLoption, _ value: String) {
        _ = ccurl_set_string(easy, option, value)
    }
}

extension HTTPFailure {
    static func unsendable(_ message: String) -> HTTPFailure {
        HTTPFailure(.badRequest, message, mayHaveBeenSent: false)
    }
}
