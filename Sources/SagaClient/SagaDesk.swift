package import SagaCore

/// The sagas of a receiver or of a store file, with the same questions and the same JSON in answer.
package protocol SagaDesk: Sendable {
    func start(_ order: StartOrder) async throws(DeskFailure) -> StartedSaga
    /// The whole saga, as the API shows it.
    func saga(_ id: String) async throws(DeskFailure) -> JSONValue
    /// The saga that has an idempotency key, as its first one or as one it was given later.
    func saga(withIdempotencyKey key: String) async throws(DeskFailure) -> JSONValue?
    /// Gives a saga a further key under which it is found.
    func addKey(_ key: String, to id: String) async throws(DeskFailure)
    /// Newest first.
    func sagas(_ filter: SagaFilter) async throws(DeskFailure) -> SagaPage
    /// Entries with an id beyond `after`, oldest first; fewer than there are, where there are many.
    func journal(of id: String, after: Int64) async throws(DeskFailure) -> [JSONValue]
    /// The saga as it is afterwards.
    func operate(_ operation: Operation, on id: String, reason: String?) async throws(DeskFailure) -> JSONValue
    func delete(_ id: String) async throws(DeskFailure)
    /// The steps that waited for it, each as `saga` and `step`.
    func deliver(_ signal: Signal) async throws(DeskFailure) -> [JSONValue]
    /// The inbox, newest first.
    func signals(_ filter: SignalFilter) async throws(DeskFailure) -> SignalPage
    /// Rings when something of that saga may have changed; ends where nothing can ring.
    func changes(of id: String) -> AsyncStream<Void>
    /// The same desk, which asks again for that long while it gets no answer.
    func patient(_ patience: Duration) -> any SagaDesk
}

/// What it takes to start a saga, before anything of it was checked.
package struct StartOrder: Hashable, Sendable {
    package var definition: String
    package var vars: [String: JSONValue]
    package var origin: Origin
    package var idempotencyKey: String?

    package init(
        definition: String, vars: [String: JSONValue] = [:], origin: Origin = Origin(), idempotencyKey: String? = nil
    ) {
        self.definition = definition
        self.vars = vars
        self.origin = origin
        self.idempotencyKey = idempotencyKey
    }
}

package struct StartedSaga: Hashable, Sendable {
    package var saga: JSONValue
    /// The same key with the same content had started it before.
    package var isReplay: Bool
}

package struct SignalPage: Hashable, Sendable {
    package var signals: [JSONValue]
    /// Where the next page starts; nil at the end.
    package var next: Int64?
}

package struct SagaPage: Hashable, Sendable {
    package var sagas: [JSONValue]
    /// Where the next page starts; nil at the end.
    package var next: String?
}

extension SagaDesk {
    /// All of a journal beyond `after`, however many pages it takes.
    package func wholeJournal(of id: String, after: Int64 = 0) async throws(DeskFailure) -> [JSONValue] {
        var entries: [JSONValue] = []
        var last = after
        while true {
            let page = try await journal(of: id, after: last)
            guard let newest = page.compactMap({ $0["id"]?.intValue }).max(), newest > last else { return entries }
            entries += page
            last = newest
        }
    }
}
