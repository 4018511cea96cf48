package import SagaCore
import Synchronization
import WoodpeckerClient

/// The reads of one Woodpecker server by everything that waits in this process: one call answers all who ask for the
/// same at the same time, and no more calls are made than the server is to bear.
package final class WoodpeckerReads: Sendable {
    /// Why a read gave nothing.
    enum Failure: Error {
        case woodpecker(WoodpeckerError)
        /// The set rate is used up; worth asking again at that moment.
        case busy(until: Moment)
    }

    /// How the reads go, for the health check.
    package struct Status: Hashable, Sendable {
        package var lastReadAt: Moment?
        package var lastError: String?
        package var lastErrorAt: Moment?
    }

    private enum Key: Hashable {
        case page(repoID: Int64, Int)
        case pipeline(repoID: Int64, Int64)
    }

    private let calls: SharedCalls<Key, [Pipeline]>
    private let bucket: Mutex<TokenBucket>
    private let state = Mutex(Status())
    private let now: @Sendable () -> Moment

    /// - Parameters:
    ///   - rate: calls a second.
    ///   - burst: calls at once after a quiet time.
    package init(rate: Double, burst: Int, now: @escaping @Sendable () -> Moment) {
        self.now = now
        calls = SharedCalls(now: now)
        bucket = Mutex(TokenBucket(rate: rate, burst: burst, now: now()))
    }

    package var status: Status { state.withLock { $0 } }

    /// One page of a repository's pipelines, asked for later than that moment.
    func page(_ page: Int, of repoID: Int64, after: Moment, _ client: WoodpeckerClient) async throws(Failure)
        -> [Pipeline]
    {
        try await call(.page(repoID: repoID, page), after: after) { () throws(WoodpeckerError) in
            try await client.pipelines(repoID: repoID, page: page)
        }
    }

    /// A pipeline with its workflows, asked for later than that moment.
    func pipeline(_ number: Int64, of repoID: Int64, after: Moment, _ client: WoodpeckerClient) async throws(Failure)
        -> Pipeline?
    {
        try await call(.pipeline(repoID: repoID, number), after: after) { () throws(WoodpeckerError) in
            [try await client.pipeline(repoID: repoID, number: number)]
        }.first
    }

    private func call(
        _ key: Key, after: Moment, _ fetch: @Sendable () async throws(WoodpeckerError) -> [Pipeline]
    ) async throws(Failure) -> [Pipeline] {
        try await calls.value(key, after: after) { () throws(Failure) in
            if let until = bucket.withLock({ $0.take(now()) }) { throw .busy(until: until) }
            do throws(WoodpeckerError) {
                let found = try await fetch()
                let moment = now()
                state.withLock { $0.lastReadAt = moment }
                return found
            } catch {
                let moment = now()
                state.withLock { ($0.lastError, $0.lastErrorAt) = (error.message, moment) }
                throw .woodpecker(error)
            }
        }
    }
}

/// Calls whose answers are shared: whoever asks for what is being fetched already waits for that answer, and one that
/// was fetched late enough is given again.
actor SharedCalls<Key: Hashable & Sendable, Value: Sendable> {
    private struct Entry {
        let startedAt: Moment
        /// Tells this fetch from a later one of the same.
        let ticket: Int
        var value: Value?
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Beyond that many, old answers are thrown away.
    private static var enough: Int { 64 }
    private static var keeping: Duration { .seconds(10) }

    private var entries: [Key: Entry] = [:]
    private var tickets = 0
    private let now: @Sendable () -> Moment

    init(now: @escaping @Sendable () -> Moment) {
        self.now = now
    }

    /// - Parameter after: an answer counts if it was asked for later than that.
    func value<Failure: Error>(
        _ key: Key, after: Moment, fetch: @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        while let entry = entries[key], entry.startedAt > after {
            if let value = entry.value { return value }
            await withCheckedContinuation { entries[key]?.waiting.append($0) }
            // Where that fetch failed its entry is gone, and the first of those who waited fetches.
        }
        let started = now()
        forget(before: started + (.zero - Self.keeping))
        tickets += 1
        let ticket = tickets
        let overtaken = entries[key]?.waiting ?? []
        entries[key] = Entry(startedAt: started, ticket: ticket, waiting: overtaken)
        do throws(Failure) {
            let value = try await fetch()
            finish(key, ticket, value)
            return value
        } catch {
            finish(key, ticket, nil)
            throw error
        }
    }

    private func finish(_ key: Key, _ ticket: Int, _ value: Value?) {
        guard let entry = entries[key], entry.ticket == ticket else { return }
        if let value {
            entries[key]?.value = value
            entries[key]?.waiting = []
        } else {
            entries[key] = nil
        }
        for waiting in entry.waiting { waiting.resume() }
    }

    private func forget(before moment: Moment) {
        guard entries.count > Self.enough else { return }
        entries = entries.filter { $0.value.value == nil || $0.value.startedAt > moment }
    }
}
