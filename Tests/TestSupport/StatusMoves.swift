package import SagaCore

/// The legal moves of a status, and which of them were seen made by what.
package struct StatusMoves<Status: Hashable & Sendable & RawRepresentable>: Sendable where Status.RawValue == String {
    private let moves: [StatusMove<Status>]
    private let passed: Set<Status>
    private var seen: Set<String> = []

    /// - Parameter passed: where a decision may come by without staying.
    package init(_ moves: [StatusMove<Status>], passing passed: Set<Status>) {
        self.moves = moves
        self.passed = passed
    }

    /// - Parameter operation: the name of the operation that was decided about; nil for any other event.
    /// - Returns: what is wrong with a decision that made this move; nil for a legal one.
    package mutating func see(_ from: Status, _ to: Status, by operation: String? = nil) -> String? {
        guard from != to else { return nil }
        let ways = moves.filter { $0.from == from && $0.isMade(by: operation) }
        if let direct = ways.first(where: { $0.to == to }) {
            seen.insert(direct.title(operation))
            return nil
        }
        for first in ways where passed.contains(first.to) {
            guard let second = moves.first(where: { $0.from == first.to && $0.to == to && $0.isByItself }) else {
                continue
            }
            seen.formUnion([first.title(operation), second.title(nil)])
            return nil
        }
        return "\(from.rawValue) became \(to.rawValue)" + (operation.map { " by '\($0)'" } ?? "")
    }

    /// The moves that nothing made, and the operations that never made one they are listed with.
    package var neverSeen: [String] {
        moves.flatMap { move in
            move.causes.map { cause in
                switch cause {
                case .itself: move.title(nil)
                case .operation(let name): move.title(name)
                }
            }
        }.filter { !seen.contains($0) }
    }

    package mutating func add(_ other: Self) { seen.formUnion(other.seen) }
}

extension StatusMove where Status: RawRepresentable, Status.RawValue == String {
    fileprivate var isByItself: Bool {
        causes.contains { if case .itself = $0 { true } else { false } }
    }

    /// An operation also sets off what happens by itself: completing the last step completes the saga.
    fileprivate func isMade(by operation: String?) -> Bool {
        isByItself || operation.map { causes.contains(.operation($0)) } ?? false
    }

    fileprivate func title(_ operation: String?) -> String {
        "\(from.rawValue) -> \(to.rawValue)"
            + (operation.flatMap { causes.contains(.operation($0)) ? " by \($0)" : nil } ?? " by itself")
    }
}
