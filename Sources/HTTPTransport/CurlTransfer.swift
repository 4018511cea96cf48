import CCurl

/// One request while it runs: an easy handle, what has arrived, and where it goes. Used on the thread alone.
final class CurlTransfer {
    private enum Sink {
        case whole(CheckedContinuation<Result<HTTPResponse, HTTPFailure>, Never>)
        case head(CheckedContinuation<Result<HTTPStream, HTTPFailure>, Never>)
        case stream(AsyncThrowingStream<[UInt8], any Error>.Continuation)
        case done
    }

    /// Chunks a reader may be behind; each is at most 16 KiB.
    private static let streamBacklog = 1024
    private static let maxHeadBytes = 256 << 10

    let easy: UnsafeMutableRawPointer
    let request: HTTPRequest
    let host: String
    private let id: UInt64
    private let hangUp: @Sendable (UInt64) -> Void
    private var sink: Sink
    private var head = CurlHead()
    private var body: [UInt8] = []
    private var overflow: String?
    private let setup: CurlSetup

    /// Throws where the request cannot be sent as it is; the handle stays the caller's then.
    init(
        _ job: CurlJob, easy: UnsafeMutableRawPointer, settings: CurlSettings,
        hangUp: @escaping @Sendable (UInt64) -> Void
    ) throws(HTTPFailure) {
        guard let address = HTTPAddress(job.request.url) else {
            throw .unsendable("The address of a request is no http or https URL.")
        }
        self.easy = easy
        self.hangUp = hangUp
        id = job.id
        request = job.request
        host = address.hostAndPort
        let isStream: Bool
        switch job.sink {
        case .whole(let continuation): (sink, isStream) = (.whole(continuation), false)
        case .head(let continuation): (sink, isStream) = (.head(continuation), true)
        }
        setup = CurlSetup(easy: easy)
        try setup.apply(job.request, host: address.hostAndPort, settings: settings, isStream: isStream)
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        _ = ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        _ = ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            CurlTransfer.bytes(bytes, size * count, context) { $0.took(headerLine: $1) }
        }
        _ = ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            CurlTransfer.bytes(bytes, size * count, context) { $0.took(body: $1) }
        }
    }

    /// Whether any byte of the request may have left: libcurl counts those it wrote.
    var mayHaveBeenSent: Bool {
        var written = 0
        var readyToSend: curl_off_t = 0
        _ = ccurl_get_long(easy, CURLINFO_REQUEST_SIZE, &written)
        _ = ccurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &readyToSend)
        return written > 0 || readyToSend > 0
    }

    /// The transfer ran to its end, good or bad. Frees the handle.
    func end(_ code: CURLcode) {
        guard code != CURLE_OK else {
            deliver()
            return curl_easy_cleanup(easy)
        }
        end { transfer in
            if let overflow = transfer.overflow {
                return HTTPFailure(.tooLarge, overflow, mayHaveBeenSent: true)
            }
            return transfer.setup.failure(code, of: transfer)
        }
    }

    /// Ends with that failure. Frees the handle.
    func end(with failure: (CurlTransfer) -> HTTPFailure) {
        let failure = failure(self)
        switch sink {
        case .whole(let continuation): continuation.resume(returning: .failure(failure))
        case .head(let continuation): continuation.resume(returning: .failure(failure))
        case .stream(let continuation): continuation.finish(throwing: failure)
        case .done: break
        }
        sink = .done
        curl_easy_cleanup(easy)
    }

    private func deliver() {
        openStream()
        switch sink {
        case .whole(let continuation):
            continuation.resume(
                returning: .success(HTTPResponse(status: head.status, headers: head.headers, body: body)))
        case .stream(let continuation): continuation.finish()
        case .head, .done: break
        }
        sink = .done
    }

    /// Hands out the head, once, when it is complete.
    private func openStream() {
        guard case .head(let continuation) = sink else { return }
        let (stream, chunks) = AsyncThrowingStream<[UInt8], any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.streamBacklog))
        chunks.onTermination = { [hangUp, id] _ in hangUp(id) }
        sink = .stream(chunks)
        continuation.resume(returning: .success(HTTPStream(status: head.status, headers: head.headers, body: stream)))
    }

    private func took(headerLine line: UnsafeRawBufferPointer) -> Bool {
        guard head.take(line, atMost: Self.maxHeadBytes) else {
            overflow = "The answer of \(host) has more than \(Self.maxHeadBytes >> 10) KiB of headers."
            return false
        }
        if head.isComplete { openStream() }
        return true
    }

    private func took(body bytes: UnsafeRawBufferPointer) -> Bool {
        switch sink {
        case .whole:
            guard bytes.count <= request.maxBodyBytes - body.count else {
                overflow = "The answer of \(host) is longer than \(request.maxBodyBytes) bytes."
                return false
            }
            body.append(contentsOf: bytes)
            return true
        case .stream(let continuation):
            if case .dropped = continuation.yield(Array(bytes)) {
                overflow = "The stream from \(host) came faster than it was read."
                return false
            }
            return true
        case .head, .done:
            return false
        }
    }

    private static func bytes(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ take: (CurlTransfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        let taken = take(transfer, UnsafeRawBufferPointer(start: bytes, count: count))
        // Anything but the count ends the transfer; for an empty piece zero would be the count.
        return taken ? count : (count == 0 ? 1 : 0)
    }
}
