import Crypto
import Foundation
import SagaCore
import Testing
import Webhooks

/// One delivery out of `Deliveries/<sender>/`: `<name>.headers`, `<name>.json` and beside it what must be read.
///
/// Headers that prove who sent it are added here, unless the file has them. A JSON body is put into a form where the
/// content type says so.
struct DeliveryFile: Sendable, CustomTestStringConvertible {
    static let secret = "table-secret"
    static let signingKey = "whsec_" + Data("0123456789abcdef01234567".utf8).base64EncodedString()
    static let now = Moment(milliseconds: 1_770_000_000_000)
    static let server = "https://ci.example.org"

    let sender: Sender
    let name: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    let expected: JSONValue

    var testDescription: String { "\(sender.rawValue)/\(name)" }
    var delivery: Delivery { Delivery(sender: sender, headers: headers, body: body) }

    static let all: [DeliveryFile] = {
        do {
            return try Sender.allCases.flatMap(load)
        } catch {
            Issue.record(error, "the deliveries cannot be read")
            return []
        }
    }()

    static func reader(servers: [String] = [server]) throws -> WebhookReader {
        var secrets: [Sender: SenderSecrets] = [:]
        for sender in Sender.allCases {
            secrets[sender] = try SenderSecrets(parsing: "\(signingKey), \(secret)", sender: sender)
        }
        return WebhookReader(secrets: secrets, servers: servers)
    }

    private static func load(_ sender: Sender) throws -> [DeliveryFile] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Deliveries/\(sender.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        return try files.filter { $0.hasSuffix(".headers") }.sorted().map { file in
            let name = String(file.dropLast(".headers".count))
            return try DeliveryFile(sender: sender, name: name, folder: folder)
        }
    }

    private init(sender: Sender, name: String, folder: URL) throws {
        self.sender = sender
        self.name = name
        expected = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "\(name).expected.json"))))
        let json = try [UInt8](Data(contentsOf: folder.appending(path: "\(name).json")))
        var headers = try String(contentsOf: folder.appending(path: "\(name).headers"), encoding: .utf8)
            .split(separator: "\n")
            .map { line in
                let colon = try #require(line.firstIndex(of: ":"))
                return (
                    name: String(line[..<colon]),
                    value: line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                )
            }
        let isForm = headers.contains { $0.value.hasPrefix("application/x-www-form-urlencoded") }
        body = isForm ? Proof.form(json) : json
        if !headers.contains(where: { Proof.headerNames.contains($0.name.lowercased()) }) {
            headers += Proof.headers(for: sender, body: body, json: json)
        }
        self.headers = headers
    }
}

/// How each sender proves itself, written a second time and apart from the reader.
enum Proof {
    static let headerNames: Set<String> = [
        "x-gitea-signature", "x-forgejo-signature", "x-hub-signature", "x-hub-signature-256", "x-gitlab-token",
        "authorization", "webhook-signature",
    ]

    static func headers(
        for sender: Sender, body: [UInt8], json: [UInt8], secret: String = DeliveryFile.secret
    ) -> [(name: String, value: String)] {
        switch sender {
        case .gitea: [("X-Gitea-Signature", hex(json, secret)), ("X-Hub-Signature-256", "sha256=" + hex(json, secret))]
        case .forgejo: [("X-Forgejo-Signature", hex(json, secret)), ("X-Gitea-Signature", hex(json, secret))]
        case .github: [("X-Hub-Signature", "sha1=00"), ("X-Hub-Signature-256", "sha256=" + hex(body, secret))]
        case .gitlab: [("X-Gitlab-Token", secret)]
        case .bitbucket: [("X-Hub-Signature", "sha256=" + hex(body, secret))]
        case .registry: [("Authorization", "Bearer \(secret)")]
        case .harbor: [("Authorization", secret)]
        case .generic: standard(body, id: "msg_1")
        }
    }

    static func standard(
        _ body: [UInt8], id: String, at moment: Moment = DeliveryFile.now, key: String = "0123456789abcdef01234567"
    ) -> [(name: String, value: String)] {
        let seconds = String(moment.milliseconds / 1000)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(seconds).".utf8) + body, using: SymmetricKey(data: Array(key.utf8)))
        return [
            ("webhook-id", id), ("webhook-timestamp", seconds),
            ("webhook-signature", "v1," + Data(code).base64EncodedString()),
        ]
    }

    static func hex(_ text: [UInt8], _ secret: String) -> String {
        HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: Array(secret.utf8)))
            .map { String(format: "%02x", $0) }.joined()
    }

    static func form(_ json: [UInt8]) -> [UInt8] {
        let escaped = json.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(Unicode.Scalar(byte))
            case UInt8(ascii: " "): "+"
            default: String(format: "%%%02X", byte)
            }
        }
        return Array("payload=\(escaped.joined())&other=1".utf8)
    }
}
