package import SagaCore
package import SagaEngine

/// The desk over a store file that this process has open.
package struct StoreSagas: SagaDesk {
    private let sagas: Sagas
    private let actor: String
    private let read: @Sendable (String) throws -> Definition
    private let describe: @Sendable (any Error) -> String

    /// - Parameters:
    ///   - actor: who the journal says it was.
    ///   - read: reads and checks a definition.
    ///   - describe: the store's errors in words.
    package init(
        _ sagas: Sagas, actor: String, read: @escaping @Sendable (String) throws -> Definition,
        describe: @escaping @Sendable (any Error) -> String
    ) {
        self.sagas = sagas
        self.actor = actor
        self.read = read
        self.describe = describe
    }

    package func start(_ order: StartOrder) async throws(DeskFailure) -> StartedSaga {
        let definition: Definition
        do {
            definition = try read(order.definition)
        } catch {
            throw .invalid("\(error)")
        }
        let result = try await attempt {
            try await sagas.start(
                StartRequest(
                    definition: definition, definitionText: order.definition, vars: order.vars, origin: order.origin,
                    idempotencyKey: order.idempotencyKey, actor: actor))
        }
        let saga = try await saga(result.saga.id)
        return switch result {
        case .created: StartedSaga(saga: saga, isReplay: false)
        case .replayed: StartedSaga(saga: saga, isReplay: true)
        }
    }

    package func saga(_ id: String) async throws(DeskFailure) -> JSONValue {
        guard let view = try await attempt({ try await sagas.view(id, publicURL: nil) }) else { throw .unknown(id) }
        return view.json
    }

    package func saga(withIdempotencyKey key: String) async throws(DeskFailure) -> JSONValue? {
        let found = try await attempt { try await sagas.ledger.read { try $0.saga(withIdempotencyKey: key) } }
        guard let found else { return nil }
        return try await saga(found.id)
    }

    package func addKey(_ key: String, to id: String) async throws(DeskFailure) {
        guard try await attempt({ try await sagas.addKey(key, to: id) }) != nil else { throw .unknown(id) }
    }

    package func sagas(_ filter: SagaFilter) async throws(DeskFailure) -> SagaPage {
        let views = try await attempt { try await sagas.views(filter, publicURL: nil) }
        guard views.count == filter.limit, let last = views.last?.saga.id else {
            return SagaPage(sagas: views.map(\.json), next: nil)
        }
        var beyond = filter
        beyond.cursor = last
        beyond.limit = 1
        let hasMore = try await !attempt { [beyond] in try await sagas.list(beyond) }.isEmpty
        return SagaPage(sagas: views.map(\.json), next: hasMore ? last : nil)
    }

    package func journal(of id: String, after: Int64) async throws(DeskFailure) -> [JSONValue] {
        let entries = try await attempt { () -> [StoredEntry]? in
            guard try await sagas.saga(id) != nil else { return nil }
            return try await sagas.journal(of: id, after: after, limit: 500)
        }
        guard let entries else { throw .unknown(id) }
        return entries.map(\.json)
    }

    package func operate(_ operation: Operation, on id: String, reason: String?) async throws(DeskFailure) -> JSONValue
    {
        let saga = try await attempt {
            try await sagas.operate(operation, on: id, by: Actor(actor, reason: reason))
        }
        guard saga != nil else { throw .unknown(id) }
        return try await self.saga(id)
    }

    package func delete(_ id: String) async throws(DeskFailure) {
        guard try await attempt({ try await sagas.delete(id) }) else { throw .unknown(id) }
    }

    package func deliver(_ signal: Signal) async throws(DeskFailure) -> [JSONValue] {
        let receipt = try await attempt {
            try await sagas.deliver(InboxDelivery(source: "notify", signals: [signal]))
        }
        return receipt?.matched.map { ["saga": .string($0.saga), "step": .string($0.step)] } ?? []
    }

    package func signals(_ filter: SignalFilter) async throws(DeskFailure) -> SignalPage {
        var more = filter
        more.limit += 1
        let found = try await attempt { [more] in try await sagas.signals(more) }
        let page = found.prefix(filter.limit)
        return SignalPage(signals: page.map(\.json), next: found.count > page.count ? page.last?.stored.id : nil)
    }

    package func changes(of id: String) -> AsyncStream<Void> {
        sagas.ledger.changes()
    }

    package func patient(_ patience: Duration) -> any SagaDesk { self }

    private func attempt<Result>(_ body: () async throws -> Result) async throws(DeskFailure) -> Result {
        do {
            return try await body()
        } catch let refusal as Refusal {
            throw DeskFailure(refusal)
        } catch let refusal as StartRefusal {
            throw DeskFailure(refusal)
        } catch {
            throw .unreachable(describe(error))
        }
    }
}

extension DeskFailure {
    static func unknown(_ id: String) -> DeskFailure {
        .unknownSaga("there is no saga '\(id)'")
    }

    /// The same exit codes as a receiver's answers lead to.
    fileprivate init(_ refusal: Refusal) {
        switch refusal {
        case .reasonRequired, .unknownVariable: self = .invalid(refusal.message)
        case .noSuchStep, .notAllowed, .stepNotAllowed, .stale, .retriesExhausted, .nothingToUndo, .notAnApprover,
            .tombstone, .concurrencyKeyHeld:
            self = .refused(refusal.message)
        }
    }

    fileprivate init(_ refusal: StartRefusal) {
        switch refusal {
        case .badVars(let problems):
            self = .invalid(
                "the vars do not fit the definition",
                errors: problems.map { ["message": .string($0.message), "path": .string($0.path)] })
        case .keyReused, .concurrencyKey: self = .invalid(refusal.message)
        case .held: self = .refused(refusal.message)
        }
    }
}
