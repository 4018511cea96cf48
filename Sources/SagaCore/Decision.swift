/// What `decide` returns: the saga as it is from now on, and the history that led there. Committed together with
/// the saga's `agenda`, or not at all.
package struct Decision: Hashable, Sendable {
    package internal(set) var saga: Saga
    package internal(set) var journal: [JournalEntry]
    let now: Moment
    /// A number from 0 to 1, drawn by the caller, for the jitter of a delay.
    let chance: Double

    init(of saga: Saga, now: Moment, chance: Double) {
        self.saga = saga
        self.now = now
        self.chance = chance
        journal = []
        self.saga.updatedAt = now
    }

    /// Changes one step in place.
    mutating func change(_ name: String, _ body: (inout Step) -> Void) {
        guard let index = saga.index(of: name) else { return }
        body(&saga.steps[index])
    }

    /// Changes one step in place, by what the clock says.
    mutating func move(_ name: String, _ body: (inout Step, Clock) -> Void) {
        guard let index = saga.index(of: name) else { return }
        body(&saga.steps[index], Clock(now: now, endings: saga.endings))
    }

    struct Clock {
        let now: Moment
        /// How many steps have ended, the one that is just ending included.
        let endings: Int
    }

    mutating func note(
        _ kind: JournalEntry.Kind, step: String? = nil, by actor: Actor? = nil, _ data: [String: JSONValue?] = [:]
    ) {
        journal.append(
            JournalEntry(
                kind, step: step, actor: actor?.name, reason: actor?.reason, data: .object(compacting: data)))
    }
}
