import SagaCore
import TestSupport
import Testing
import Webhooks

@Suite("No delivery, however broken, brings the reader down")
struct MutationTests {
    private static let scraps = [
        "null", "[]", "{}", "\"\"", "-1", "9223372036854775808", "1e309", "true", "\\ud800", "%", "\0", "://",
        "sha256:",
        "/repos/1/pipeline/1", "0001-01-01T00:00:00Z", "9999-99-99T99:99:99Z", "\u{FEFF}", "🚢",
    ]

    @Test("Bodies and headers with random damage are answered")
    func damage() throws {
        var dice = Dice.forFuzzing("deliveries")
        let reader = try DeliveryFile.reader(servers: [])
        var outcomes: Set<String> = []
        for file in DeliveryFile.all {
            for _ in 0..<40 {
                let body = mutated(file.body, &dice)
                var headers = file.headers.filter { !Proof.headerNames.contains($0.name.lowercased()) }
                headers += Proof.headers(for: file.sender, body: body, json: body)
                if Bool.random(using: &dice), let index = headers.indices.randomElement(using: &dice) {
                    let value = mutated(Array(headers[index].value.utf8), &dice)
                    headers[index].value = String(decoding: value, as: UTF8.self)
                }
                let delivery = Delivery(sender: file.sender, headers: headers, body: body)
                do throws(Rejection) {
                    switch try reader.read(delivery, now: DeliveryFile.now) {
                    case .signals(let signals, _, _, _):
                        #expect(!signals.isEmpty)
                        outcomes.insert("signals")
                    case .ignored: outcomes.insert("ignored")
                    }
                } catch {
                    #expect([400, 401, 415].contains(error.httpStatus))
                    outcomes.insert("\(error.httpStatus)")
                }
            }
        }
        // Damage that never got past the signature, or never did harm, would prove nothing.
        #expect(outcomes.isSuperset(of: ["signals", "ignored", "400", "401"]), "\(outcomes)")
    }

    private func mutated(_ bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...3, using: &dice) {
            let start = Int.random(in: 0...bytes.count, using: &dice)
            let end = min(bytes.count, start + Int.random(in: 0...12, using: &dice))
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes.replaceSubrange(start..<end, with: (Self.scraps.randomElement(using: &dice) ?? "").utf8)
            case 3: replaceValue(in: &bytes, from: start, &dice)
            default: if start < end { bytes[start] = UInt8.random(in: 0...255, using: &dice) }
            }
        }
        return bytes
    }

    /// Puts a scrap in a member's place, so that the JSON often stays whole and its meaning breaks.
    private func replaceValue(in bytes: inout [UInt8], from start: Int, _ dice: inout Dice) {
        guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")),
            let end = bytes[colon...].firstIndex(where: { [UInt8(ascii: ","), UInt8(ascii: "}")].contains($0) })
        else { return }
        bytes.replaceSubrange((colon + 1)..<end, with: (Self.scraps.randomElement(using: &dice) ?? "").utf8)
    }
}
