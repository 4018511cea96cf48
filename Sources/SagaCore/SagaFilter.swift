/// Which sagas a list shows, newest first.
package struct SagaFilter: Hashable, Sendable {
    package var name: String?
    package var status: SagaStatus?
    /// Created at that moment or later.
    package var since: Moment?
    /// Only the saga that has this key, as its first one or as one it was given later.
    package var idempotencyKey: String?
    package var limit: Int
    /// The id of the last saga of the page before: the next page starts after it.
    package var cursor: String?

    package static let standardLimit = 50
    package static let largestLimit = 200

    /// A limit below 1 means the standard one, one beyond the largest means the largest.
    package init(
        name: String? = nil, status: SagaStatus? = nil, since: Moment? = nil, limit: Int = standardLimit,
        cursor: String? = nil
    ) {
        self.name = name
        self.status = status
        self.since = since
        self.limit = limit < 1 ? Self.standardLimit : min(limit, Self.largestLimit)
        self.cursor = cursor
    }
}
