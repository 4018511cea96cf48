import FoundationEssentials
import SagaCore
import TestSupport
import Testing
import Webhooks

/// Every delivery of the table that speaks of a workflow, a job, a check or an image, posted to the real receiver: it
/// ends the `wait_build` that waits for just that. A new case is its files.
@Suite(.timeLimit(.minutes(5))) struct BuildDeliveryStoryTests {
    /// Something in a delivery that a wait can wait for, and how it ended.
    struct Case: Sendable {
        var file: DeliveryFile
        var awaited: JSONValue
        var status: String
        var isImage: Bool
    }

    static func cases(of sender: Sender) throws -> [Case] {
        try DeliveryFile.load(sender).compactMap { file in
            let signals = file.expected["signals"]?.arrayValue ?? []
            return signals.lazy.compactMap { signal in awaited(in: file, by: signal) }.first
        }
    }

    private static func awaited(in file: DeliveryFile, by signal: JSONValue) -> Case? {
        guard let status = signal["status"]?.stringValue, PipelineStatus(rawValue: status)?.isTerminal == true else {
            return nil
        }
        var awaited: [String: JSONValue] = [:]
        switch signal["kind"]?.stringValue {
        case "image":
            guard let image = signal["image"]?.stringValue,
                image.split(separator: "/").last?.contains(":") == true
            else { return nil }
            awaited["image"] = .string(image)
        case "step": awaited["step"] = signal["step"]
        case "workflow": awaited["workflow"] = signal["workflow"]
        default: return nil
        }
        if awaited["image"] == nil {
            guard signal["step"] != nil || signal["workflow"] != nil else { return nil }
            awaited["repo"] = signal["repo"]
            // The forge's own numbers are not Woodpecker's.
            let isWoodpeckers = signal["server"]?.stringValue == DeliveryFile.server
            if isWoodpeckers, let number = signal["number"] {
                awaited["number"] = number
            } else if let commit = signal["commit"] {
                awaited["commit"] = commit
            } else {
                return nil
            }
        }
        return Case(file: file, awaited: .object(awaited), status: status, isImage: awaited["image"] != nil)
    }

    @Test(arguments: Sender.allCases)
    func itsDeliveriesEndTheBuildsTheySpeakOf(sender: Sender) async throws {
        let cases = try Self.cases(of: sender)
        try #require(!cases.isEmpty || sender == .bitbucket)
        let secrets = Dictionary(
            uniqueKeysWithValues: Sender.allCases.map {
                (
                    $0.secretVariable,
                    $0 == .generic ? DeliveryFile.signingKey + "," + DeliveryFile.secret : DeliveryFile.secret
                )
            })
        for item in cases {
            try await Programs.withFolder { folder in
                try await Receiver.with(store: folder, secrets) { try await Self.play(item, $0) }
            }
        }
    }

    private static func play(_ item: Case, _ receiver: Receiver) async throws {
        let definition = Definitions.saga("build", [:], Definitions.step("b", "wait_build", item.awaited, [:]))
        let origin: JSONValue = ["server": .string(DeliveryFile.server), "repo": "crew/app"]
        func start() async throws -> String { try await receiver.start(definition, origin: origin) }
        // An image that is announced before anybody waits is not asked for in its registry, which is not here.
        let early = item.isImage ? nil : try await start()
        if let early { try await receiver.wait(for: early, step: "b", toSay: "waits for") }
        let now = Moment(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        func post() async throws -> Int {
            let headers = item.file.headers(at: now).map { ($0.name, $0.value) }
            return try await receiver.send(
                "POST", "/webhooks/\(item.file.sender.rawValue)", token: nil, item.file.body, headers: headers
            ).status
        }
        #expect(try await post() == 202, "\(item.file.name)")
        #expect(try await post() == 200, "\(item.file.name) again")
        let id: String
        if let early { id = early } else { id = try await start() }
        let saga = try await receiver.waitForEnd(of: id)
        #expect(saga["status"]?.stringValue == (item.status == "success" ? "completed" : "failed"), "\(item.file.name)")
        let output = saga.step("b")?["output"]
        #expect(output?["decided_by"]?.stringValue == item.file.sender.rawValue, "\(item.file.name)")
        if item.isImage {
            #expect(output?["image"] == item.awaited["image"], "\(item.file.name)")
        } else {
            #expect(output?["status"]?.stringValue == item.status, "\(item.file.name)")
        }
    }
}
