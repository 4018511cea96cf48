import SagaCore
import TestSupport
import Testing
import Webhooks

@Suite("Every delivery in the table is read as its neighbour file says")
struct DeliveryTableTests {
    @Test("The table has deliveries of every sender")
    func everySenderIsThere() {
        #expect(Set(DeliveryFile.all.map(\.sender)) == Set(Sender.allCases))
    }

    @Test("A delivery gives the signals, the reason or the refusal that was written down", arguments: DeliveryFile.all)
    func reading(file: DeliveryFile) throws {
        let reader = try DeliveryFile.reader()
        do {
            switch try reader.read(file.delivery, now: DeliveryFile.now) {
            case .signals(let signals, let deliveryID, let semanticKey, let boundTo):
                let expected = try #require(
                    file.expected["signals"]?.arrayValue, "read \(signals.map(\.json.prettyJSON))")
                #expect(signals.map(\.json.prettyJSON) == expected.map(\.prettyJSON))
                #expect(deliveryID == file.expected["delivery_id"]?.stringValue)
                #expect(!semanticKey.isEmpty)
                #expect(boundTo == nil)
            case .ignored(let reason, let deliveryID):
                #expect(file.expected["ignored"]?.stringValue == reason)
                #expect(deliveryID == file.expected["delivery_id"]?.stringValue)
            }
        } catch let rejection as Rejection {
            #expect(file.expected["rejected"]?.intValue == Int64(rejection.httpStatus), "\(rejection)")
        }
    }
}
