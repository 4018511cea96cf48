import SagaCore
import TestSupport
import Testing
import WoodpeckerClient

struct ListTests {
    @Test("A page is asked for with its filters")
    func filters() async throws {
        try await withWoodpecker({ _ in .json("[]") }) { client, server in
            let filter = PipelineFilter(branch: "feat/a&b", event: "push,manual", createdAfter: Moment(milliseconds: 0))
            let pipelines = try await client.pipelines(repoID: 3, page: 2, filter: filter)
            #expect(pipelines.isEmpty)
            #expect(
                server.requests.first?.query
                    == "page=2&perPage=50&branch=feat%2Fa%26b&event=push%2Cmanual&after=1970-01-01T00%3A00%3A00.000Z")
        }
    }

    @Test(
        "The newest pipeline of a commit is found, by a short name too, on a later page too",
        arguments: [("abcdef0123", 62), ("ABCDEF0", 62), ("abcdef", nil), ("none", nil)] as [(String, Int64?)])
    func byCommit(commit: String, number: Int64?) async throws {
        let all = (1...120).reversed().map { listed($0, commit: $0 == 62 || $0 == 40 ? "abcdef0123" : "0000000000") }
        try await withWoodpecker({ page(all, $0) }) { client, _ in
            let found = try await client.newestPipeline(repoID: 3, commit: commit)
            #expect(found?.number == number)
        }
    }

    @Test("The search ends after its bound of pages")
    func bound() async throws {
        let all = (1...1000).reversed().map { listed($0) }
        try await withWoodpecker({ page(all, $0) }) { client, server in
            let found = try await client.newestPipeline(repoID: 3, commit: "feedface")
            #expect(found == nil)
            #expect(server.requests.count == 5)
        }
    }

    @Test("A pipeline is found by the variables it was created with")
    func byVariables() async throws {
        let all = (1...60).reversed().map { listed($0) }
        try await withWoodpecker({ page(all, $0) }) { client, _ in
            let found = try await client.newestPipeline(repoID: 3, variables: ["SAGA_KEY": "key-7"])
            #expect(found?.number == 7)
        }
    }

    struct Chain: Sendable {
        /// Number and parent of everything newer than the awaited pipeline, 10.
        var newer: [Int: Int]
        var newest: Int64
        var restarts: Int
    }

    @Test(
        "A chain of restarts is followed to its newest run",
        arguments: [
            Chain(newer: [:], newest: 10, restarts: 0),
            Chain(newer: [11: 0, 12: 0], newest: 10, restarts: 0),
            Chain(newer: [11: 10], newest: 11, restarts: 1),
            Chain(newer: [11: 10, 12: 0, 13: 11], newest: 13, restarts: 2),
            Chain(newer: [11: 10, 12: 10], newest: 12, restarts: 2),
            Chain(newer: [11: 9, 12: 11], newest: 10, restarts: 0),
            Chain(
                newer: Dictionary(uniqueKeysWithValues: (11...140).map { ($0, $0 == 12 ? 10 : $0 == 139 ? 12 : 0) }),
                newest: 139, restarts: 2),
        ])
    func restarts(chain: Chain) async throws {
        let newest = chain.newer.keys.max() ?? 10
        let all = (1...newest).reversed().map { listed($0, parent: chain.newer[$0] ?? 0) }
        try await withWoodpecker({ request in
            guard request.query.isEmpty else { return page(all, request) }
            let number = request.path.split(separator: "/").last.flatMap { Int($0) } ?? 0
            return .json(#"{"number":\#(number),"workflows":[{"pid":1,"name":"w\#(number)"}]}"#)
        }) { client, _ in
            let run = try await client.newestRun(repoID: 3, of: 10)
            #expect(run.pipeline.number == chain.newest)
            #expect(run.restarts == chain.restarts)
            #expect(run.pipeline.workflows.map(\.name) == ["w\(chain.newest)"])
        }
    }
}
