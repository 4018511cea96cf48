package import SagaCore
import Synchronization

/// Makes ids that sort by time: UUID version 7 (RFC 9562), in lower case.
///
/// The 12 bits after the time count up within a millisecond, so that ids of one process never run backwards.
package final class IDs: Sendable {
    private let last = Mutex<(milliseconds: Int64, count: UInt64)>((0, 0))

    package init() {}

    package func next(at now: Moment) -> String {
        let (time, count) = last.withLock { last -> (Int64, UInt64) in
            if now.milliseconds > last.milliseconds {
                last = (now.milliseconds, 0)
            } else {
                last.count += 1
                if last.count > 0xFFF { last = (last.milliseconds + 1, 0) }
            }
            return last
        }
        let high = UInt64(bitPattern: time) << 16 | 0x7000 | count
        let low = UInt64.random(in: 0...UInt64.max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = Self.hex(high) + Self.hex(low)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }

    private static func hex(_ number: UInt64) -> [Character] {
        let digits = String(number, radix: 16)
        return Array(String(repeating: "0", count: 16 - digits.count) + digits)
    }
}
