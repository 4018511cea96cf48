import CCurl

/// The transfers that run on the thread; never leaves it.
final class CurlTransfers {
    private let multi: UnsafeMutableRawPointer
    private let settings: CurlSettings
    private let hangUp: @Sendable (UInt64) -> Void
    private var running: [UInt64: CurlTransfer] = [:]
    private var ids: [UnsafeMutableRawPointer: UInt64] = [:]

    /// `hangUp` is called, from anywhere, when nobody reads a stream any more.
    init(multi: UnsafeMutableRawPointer, settings: CurlSettings, hangUp: @escaping @Sendable (UInt64) -> Void) {
        self.multi = multi
        self.settings = settings
        self.hangUp = hangUp
    }

    func handle(_ command: CurlLoop.Command) {
        switch command {
        case .start(let job): start(job)
        case .cancel(let id):
            remove(id)?.end { transfer in
                HTTPFailure(
                    .cancelled, "The request to \(transfer.host) was cancelled.",
                    mayHaveBeenSent: transfer.mayHaveBeenSent)
            }
        }
    }

    func perform() {
        var active: Int32 = 0
        curl_multi_perform(multi, &active)
        var easy: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while ccurl_next_done(multi, &easy, &code) != 0 {
            guard let easy, let id = ids[easy] else { continue }
            remove(id)?.end(code)
        }
    }

    func closeAll() {
        for id in Array(running.keys) {
            remove(id)?.end { .closed(sent: $0.mayHaveBeenSent) }
        }
    }

    private func start(_ job: CurlJob) {
        guard let easy = curl_easy_init() else {
            return job.sink.fail(.closed(sent: false))
        }
        let transfer: CurlTransfer
        do throws(HTTPFailure) {
            transfer = try CurlTransfer(job, easy: easy, settings: settings, hangUp: hangUp)
        } catch {
            curl_easy_cleanup(easy)
            return job.sink.fail(error)
        }
        running[job.id] = transfer
        ids[easy] = job.id
        curl_multi_add_handle(multi, easy)
    }

    /// Taken off the multi handle but not freed yet: how it ended is still read from it.
    private func remove(_ id: UInt64) -> CurlTransfer? {
        guard let transfer = running.removeValue(forKey: id) else { return nil }
        ids[transfer.easy] = nil
        curl_multi_remove_handle(multi, transfer.easy)
        return transfer
    }
}
