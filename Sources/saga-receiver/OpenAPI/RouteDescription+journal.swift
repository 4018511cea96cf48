import HTTPTypes
import SagaCore

extension RouteDescription {
    static let journal = RouteDescription(
        id: "journal", tag: .journal, summary: "What happened to a saga, oldest first",
        query: [
            Parameter(
                "limit", .whole("How many at most: default 200, at most 1000, below 1 means 200.", from: .min, to: .max)
            ),
            Parameter("cursor", entryID.saying("next_cursor of the page before.")),
            Parameter("after", entryID.saying("The same as cursor.")),
        ],
        answers: [
            .ok("A page of entries.", Components.page("entries", of: .component("JournalEntry"), "Oldest first."))
        ])

    static let sagaEvents = RouteDescription(
        id: "sagaEvents", tag: .journal, summary: "Follow a saga as server-sent events",
        details:
            "Without Last-Event-ID it starts with an event `snapshot` that holds the saga; then every entry of the "
            + "journal is an event, live, with the entry's id.",
        headers: [lastEventID], answers: [.events("Events without an end: `snapshot` at first, then journal entries.")])

    static let allEvents = RouteDescription(
        id: "allEvents", tag: .journal, summary: "Follow all sagas as server-sent events",
        details: "Without Last-Event-ID it starts now, with an event `start` that names the newest entry; then every "
            + "entry of any saga's journal is an event, live, with the entry's id.",
        query: [Parameter("name", Components.queryText.saying("Only sagas of this definition."))],
        headers: [lastEventID],
        answers: [.events("Events without an end: `start` at first, then journal entries.")])

    private static let entryID = Schema.whole("The id of a journal entry.", from: 0, to: .max)
    private static let lastEventID = Parameter(
        "Last-Event-ID", entryID.saying("The last entry that the client has; browsers send it by themselves."))
}
