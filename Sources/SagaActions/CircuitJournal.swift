package import HTTPTransport
package import SagaCore

/// Writes down that a circuit opened, half-opened or closed: in the journal of the saga whose call did it, and for
/// whoever else listens.
package final class CircuitJournal: Sendable {
    /// The saga and step that the current task works for.
    struct Place: Hashable, Sendable {
        var saga: String
        var step: String
    }

    @TaskLocal static var place: Place?

    private struct News: Sendable {
        var place: Place
        var entry: JournalEntry
    }

    private let ledger: any Ledger
    private let now: @Sendable () -> Moment
    private let listeners: [CircuitBreakers.Change]
    private let news: AsyncStream<News>
    private let feed: AsyncStream<News>.Continuation

    /// - Parameter listeners: called at each change, on the caller's thread: the log, and metrics.
    package init(ledger: any Ledger, now: @escaping @Sendable () -> Moment, listeners: [CircuitBreakers.Change]) {
        self.ledger = ledger
        self.now = now
        self.listeners = listeners
        (news, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
    }

    /// To be given to the circuit breakers.
    package func changed(_ host: String, _ from: CircuitBreaker.State, _ to: CircuitBreaker.State) {
        for listener in listeners { listener(host, from, to) }
        guard let place = Self.place else { return }
        let entry = JournalEntry(
            .circuitChanged, step: place.step,
            data: ["host": .string(host), "from": .string(from.rawValue), "to": .string(to.rawValue)])
        feed.yield(News(place: place, entry: entry))
    }

    /// Writes until `close` is called or the task is cancelled.
    package func run() async {
        for await news in news {
            let moment = now()
            // A journal that cannot be written now, or a saga that is gone, is no reason to stop; the log has it.
            try? await ledger.write { transaction in
                guard try transaction.saga(news.place.saga) != nil else { return }
                try transaction.append(news.entry, to: news.place.saga, at: moment)
            }
        }
    }

    package func close() {
        feed.finish()
    }
}
