import SagaCore
import SagaEngine

/// The journal of a saga, or of all, as server-sent events: one event an entry, from where the client left off.
struct JournalStream: EventSource {
    static let spacing: Duration = .zero

    let sagas: Sagas
    /// Nil for all.
    let saga: String?
    /// Only of sagas of that name.
    var name: String?
    /// Comes first, for a client that knows nothing yet.
    var greeting: String?
    /// The last entry that the client has.
    var last: Int64

    private static let page = 200

    /// Everything after `last`, as events.
    mutating func news() async throws -> String? {
        var text = greeting ?? ""
        greeting = nil
        while true {
            let entries = try await sagas.journal(of: saga, after: last, limit: Self.page)
            for entry in try await wanted(entries) {
                text += ServerSentEvent.text(id: entry.id, data: entry.json)
            }
            last = entries.last?.id ?? last
            guard entries.count == Self.page else { return text.isEmpty ? nil : text }
        }
    }

    private func wanted(_ entries: [StoredEntry]) async throws -> [StoredEntry] {
        guard let name else { return entries }
        var names: [String: Bool] = [:]
        for id in Set(entries.map(\.saga)) { names[id] = try await sagas.saga(id)?.name == name }
        return entries.filter { names[$0.saga] == true }
    }
}
