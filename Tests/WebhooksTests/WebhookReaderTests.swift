import SagaCore
import TestSupport
import Testing
import Webhooks

@Suite("The reader takes what its senders send, and nothing else")
struct WebhookReaderTests {
    private func status(
        _ sender: Sender, type: String?, encoding: String? = nil, body: [UInt8] = Array("{}".utf8)
    ) throws -> Int? {
        var headers = Proof.headers(for: sender, body: body, json: body)
        if let type { headers.append(("content-type", type)) }
        if let encoding { headers.append(("Content-Encoding", encoding)) }
        let reader = try DeliveryFile.reader()
        do throws(Rejection) {
            _ = try reader.read(Delivery(sender: sender, headers: headers, body: body), now: DeliveryFile.now)
            return nil
        } catch {
            return error.httpStatus
        }
    }

    @Test(
        "Content types are taken where the sender uses them",
        arguments: [
            (Sender.gitea, "application/json", true), (.gitea, "Application/JSON; charset=UTF-8", true),
            (.gitlab, "application/x-www-form-urlencoded", false),
            (.bitbucket, "application/x-www-form-urlencoded", false),
            (.registry, "application/vnd.docker.distribution.events.v1+json", true),
            (.registry, "application/vnd.docker.distribution.events.v2+json", true),
            (.harbor, "application/cloudevents+json; charset=utf-8", true),
            (.generic, "application/cloudevents+json", true),
            (.generic, "application/cloudevents-batch+json", false),
            (.github, "application/cloudevents+json", false), (.github, "text/plain", false), (.github, nil, false),
        ] as [(Sender, String?, Bool)])
    func contentTypes(sender: Sender, type: String?, isTaken: Bool) throws {
        #expect(try (status(sender, type: type) != 415) == isTaken)
    }

    @Test("A compressed body is refused", arguments: Sender.allCases)
    func compression(sender: Sender) throws {
        #expect(try status(sender, type: "application/json", encoding: "gzip") == 415)
        #expect(try status(sender, type: "application/json", encoding: "identity") != 415)
    }

    @Test("A body over 25 MiB is refused before anything is computed over it")
    func size() throws {
        let body = [UInt8](repeating: 0x20, count: WebhookReader.bodyLimit + 1)
        let delivery = Delivery(sender: .github, headers: [("content-type", "application/json")], body: body)
        #expect(throws: Rejection.tooLarge) { try DeliveryFile.reader().read(delivery, now: DeliveryFile.now) }
    }

    @Test("An authentic body that is no JSON is unreadable", arguments: Sender.allCases)
    func unreadable(sender: Sender) throws {
        #expect(try status(sender, type: "application/json", body: Array("{".utf8)) == 400)
        #expect(try status(sender, type: "application/json", body: []) == 400)
    }

    @Test("Of a header sent twice the first counts, whatever its case")
    func headers() {
        let delivery = Delivery(sender: .gitea, headers: [("X-One", " 1 "), ("x-one", "2")], body: [])
        #expect(delivery.header("x-ONE") == "1")
        #expect(delivery.header("x-two") == nil)
    }

    @Test("The same fact has the same key under a new delivery id, and another fact another")
    func semanticKeys() throws {
        let reader = try DeliveryFile.reader()
        var keys: [String: String] = [:]
        for file in DeliveryFile.all where file.expected["signals"] != nil {
            let renamed = file.headers.map { header -> (name: String, value: String) in
                ["x-gitea-delivery", "x-forgejo-delivery", "x-github-delivery", "idempotency-key", "x-request-uuid"]
                    .contains(header.name.lowercased()) ? (name: header.name, value: "again") : header
            }
            let again = Delivery(sender: file.sender, headers: renamed, body: file.body)
            guard case .signals(_, _, let key, _) = try reader.read(file.delivery, now: DeliveryFile.now),
                case .signals(_, _, let repeated, _) = try reader.read(again, now: DeliveryFile.now)
            else {
                Issue.record("\(file.testDescription) gave no signals")
                continue
            }
            #expect(key == repeated, "\(file.testDescription)")
            let fact = file.sender.rawValue + (file.expected["signals"]?.json ?? "")
            #expect(keys.updateValue(fact, forKey: key) ?? fact == fact, "\(file.testDescription)")
        }
        #expect(keys.count > 20)
    }

    @Test("Without known servers every Woodpecker's links count")
    func anyServer() throws {
        let file = try #require(DeliveryFile.all.first { $0.name == "status-other-woodpecker" })
        let reading = try DeliveryFile.reader(servers: []).read(file.delivery, now: DeliveryFile.now)
        guard case .signals(let signals, _, _, _) = reading else {
            Issue.record("\(reading)")
            return
        }
        #expect(signals.map(\.server) == ["https://other-ci.example.net"])
    }
}
