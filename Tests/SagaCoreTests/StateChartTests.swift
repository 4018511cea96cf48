import FoundationEssentials
import SagaCore
import Testing

/// The guide's charts are what the tables of moves print. Where this fails, the expected chart stands in its message.
@Suite struct StateChartTests {
    private static let guide = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "plugin/guides/states.md")

    @Test func theGuideHasTheMovesOfTheCode() throws {
        let text = String(decoding: try Data(contentsOf: Self.guide), as: UTF8.self)
        let blocks = text.split(separator: "```mermaid\n").dropFirst().compactMap { $0.split(separator: "```").first }
        let sagas = Self.chart(SagaStatus.moves, of: SagaStatus.allCases) { $0.isTerminal }
        let steps = Self.chart(StepStatus.moves, of: StepStatus.allCases) { $0.isTerminal }
        #expect(blocks.map(String.init) == [sagas, steps])
    }

    @Test func everyStatusCanBeReachedAndNamesItsOperations() {
        #expect(Self.reachable(SagaStatus.moves, from: .pending) == Set(SagaStatus.allCases))
        #expect(Self.reachable(StepStatus.moves, from: .pending) == Set(StepStatus.allCases))
        for move in SagaStatus.moves {
            var saga = Saga(
                id: "s", definition: Definition(name: "s", steps: []), createdAt: Moment(milliseconds: 0))
            saga.status = move.from
            for case .operation(let name) in move.causes {
                #expect(saga.allowedOperations.contains(name), "\(name) while \(move.from)")
            }
        }
    }

    private static func reachable<Status>(_ moves: [StatusMove<Status>], from start: Status) -> Set<Status> {
        var found: Set<Status> = [start]
        var size = 0
        while size != found.count {
            size = found.count
            for move in moves where found.contains(move.from) { found.insert(move.to) }
        }
        return found
    }

    private static func chart<Status: RawRepresentable>(
        _ moves: [StatusMove<Status>], of all: [Status], isOver: (Status) -> Bool
    ) -> String where Status.RawValue == String {
        var lines = ["stateDiagram-v2", "    [*] --> \(all[0].rawValue)"]
        lines += moves.map { move in
            var itself: [String] = []
            var operations: [String] = []
            for cause in move.causes {
                switch cause {
                case .itself(let words): itself.append(words)
                case .operation(let name): operations.append(name)
                }
            }
            if !operations.isEmpty { itself.append("saga " + operations.joined(separator: ", ")) }
            return "    \(move.from.rawValue) --> \(move.to.rawValue) : \(itself.joined(separator: " / "))"
        }
        lines += all.filter(isOver).map { "    \($0.rawValue) --> [*]" }
        return lines.joined(separator: "\n") + "\n"
    }
}
