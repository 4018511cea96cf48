import CCurl
import Glibc
import Synchronization

/// What all transfers of a client share.
struct CurlSettings: Sendable {
    var userAgent: String
    var caFile: String?
    var caDirectory: String?
    var skipVerify: Bool
    var connectTimeout: Duration
}

/// One request on its way to the thread, with the place where its answer goes.
struct CurlJob: Sendable {
    enum Sink: Sendable {
        case whole(CheckedContinuation<Result<HTTPResponse, HTTPFailure>, Never>)
        case head(CheckedContinuation<Result<HTTPStream, HTTPFailure>, Never>)
    }

    var id: UInt64
    var request: HTTPRequest
    var sink: Sink
}

/// The thread that owns the multi handle, and the queue that leads to it.
///
/// Pointers live in the thread's own function. The one exception is the multi handle: kept as a bit pattern, it is
/// used elsewhere only for `curl_multi_wakeup`, under the lock under which the thread takes it away before freeing it.
final class CurlLoop: Sendable {
    enum Command: Sendable {
        case start(CurlJob)
        case cancel(UInt64)
    }

    private struct State {
        var commands: [Command] = []
        var multi: UInt = 0
        var closing = false
        var stopped = false
    }

    let settings: CurlSettings
    private let state = Mutex(State())
    private let lastID = Atomic<UInt64>(0)
    private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(settings: CurlSettings) {
        self.settings = settings
    }

    var isStopped: Bool { state.withLock { $0.stopped } }

    func newID() -> UInt64 {
        lastID.add(1, ordering: .relaxed).newValue
    }

    func start() {
        guard Self.libraryIsReady, let multi = curl_multi_init() else { return refuseEverything() }
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
        state.withLock { $0.multi = UInt(bitPattern: multi) }
        var thread = pthread_t()
        let loop = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, loop.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            loop.release()
            curl_multi_cleanup(multi)
            refuseEverything()
        }
    }

    func submit(_ command: Command) {
        let accepted = state.withLock { state in
            if state.closing { return false }
            state.commands.append(command)
            wake(state)
            return true
        }
        guard !accepted, case .start(let job) = command else { return }
        job.sink.fail(.closed(sent: false))
    }

    func close() {
        state.withLock { state in
            state.closing = true
            wake(state)
        }
    }

    private func wake(_ state: State) {
        if let multi = UnsafeMutableRawPointer(bitPattern: state.multi) { curl_multi_wakeup(multi) }
    }

    private func refuseEverything() {
        state.withLock { state in
            state.multi = 0
            state.closing = true
            state.stopped = true
        }
    }

    /// The thread's whole life.
    private func run() {
        // Signals belong to the program's other threads; a SIGPIPE from a TLS write must end nothing.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        ccurl_name_thread("saga-http")
        guard let multi = UnsafeMutableRawPointer(bitPattern: state.withLock { $0.multi }) else { return }
        let transfers = CurlTransfers(multi: multi, settings: settings) { self.submit(.cancel($0)) }
        while true {
            let (commands, closing) = state.withLock { state in
                defer { state.commands = [] }
                return (state.commands, state.closing)
            }
            for command in commands { transfers.handle(command) }
            if closing { break }
            transfers.perform()
            // libcurl shortens this to its own next timer; commands and sockets end it early.
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        transfers.closeAll()
        state.withLock { $0.multi = 0 }
        curl_multi_cleanup(multi)
        state.withLock { $0.stopped = true }
    }
}

extension CurlJob.Sink {
    func fail(_ failure: HTTPFailure) {
        switch self {
        case .whole(let continuation): continuation.resume(returning: .failure(failure))
        case .head(let continuation): continuation.resume(returning: .failure(failure))
        }
    }
}

extension HTTPFailure {
    static func closed(sent: Bool) -> HTTPFailure {
        HTTPFailure(.closed, "The HTTP client was closed.", mayHaveBeenSent: sent)
    }
}
