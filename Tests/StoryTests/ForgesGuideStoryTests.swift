import FoundationEssentials
import SagaCore
import TestSupport
import Testing
import Webhooks

/// The calls of the guide to forges, pasted into a shell as a reader would do it.
@Suite(.timeLimit(.minutes(2))) struct ForgesGuideStoryTests {
    static let hasTools = ["/usr/bin/curl", "/usr/bin/openssl"].allSatisfy(FileManager.default.isExecutableFile)

    static let secret = "a-secret-of-the-guide"
    static let key = "whsec_" + Data("0123456789abcdef01234567".utf8).base64EncodedString()

    @Test(.enabled(if: hasTools, "needs curl and openssl"))
    func everyCallIsTakenOnceAndOnlyWithItsSecret() async throws {
        let page = try GuidePage(path: "plugin/guides/forges.md")
        let calls = page.blocks.filter { $0.language == "sh" && $0.text.contains("curl ") }
        let secrets = Sender.allCases.map { ($0.secretVariable, secret($0)) }
        try await Programs.withFolder { folder in
            let settings = Dictionary(uniqueKeysWithValues: secrets)
                .merging(["SAGA_WOODPECKER_PUBLIC_URL": "https://ci.example.com"]) { $1 }
            try await Receiver.with(store: folder, settings) { receiver in
                for call in calls {
                    func answer(_ secret: String, _ key: String) async throws -> String {
                        let environment = ["RECEIVER": receiver.url, "SECRET": secret, "SIGNING_KEY": key]
                        let result = try await Self.shell(call.text, environment, in: folder)
                        return String(result.output.split(separator: " ").last ?? "") + result.errors
                    }
                    let place: Comment = "line \(call.line)"
                    let wrong = Data("another key, 24 bytes it".utf8).base64EncodedString()
                    #expect(try await answer("another", "whsec_" + wrong) == "401\n", place)
                    #expect(try await answer(Self.secret, Self.key) == "202\n", place)
                    #expect(try await answer(Self.secret, Self.key) == "200\n", place)
                }
                let page = try await receiver.send("GET", "/api/v1/signals").json
                let sources = Set((page["signals"]?.arrayValue ?? []).compactMap { $0["source"]?.stringValue })
                #expect(sources == Set(Sender.allCases.map(\.rawValue)), "every sender has a call")
            }
        }
    }

    private func secret(_ sender: Sender) -> String {
        sender == .generic ? Self.secret + "," + Self.key : Self.secret
    }

    private static func shell(
        _ text: String, _ environment: [String: String], in folder: String
    ) async throws -> Programs.Result {
        try Files.write("set -eu\n" + text, folder + "/call.sh")
        return try await Programs.run("/bin/sh", ["call.sh"], environment, in: folder)
    }
}
