import FoundationEssentials
package import SagaCore
package import Webhooks

/// One delivery out of `WebhooksTests/Deliveries/<sender>/`: `<name>.headers`, `<name>.json` and beside it what must be
/// read.
///
/// Headers that prove who sent it are added here, unless the file has them. A JSON body is put into a form where the
/// content type says so.
package struct DeliveryFile: Sendable {
    package static let secret = "table-secret"
    package static let signingKey = "whsec_" + Data("0123456789abcdef01234567".utf8).base64EncodedString()
    package static let now = Moment(milliseconds: 1_770_000_000_000)
    package static let server = "https://ci.example.org"

    package let sender: Sender
    package let name: String
    /// As in the file, without any proof.
    package let ownHeaders: [(name: String, value: String)]
    package let body: [UInt8]
    package let expected: JSONValue
    private let json: [UInt8]

    /// The headers with a proof that is good at that time.
    package func headers(at now: Moment = now) -> [(name: String, value: String)] {
        guard !ownHeaders.contains(where: { Proof.headerNames.contains($0.name.lowercased()) }) else {
            return ownHeaders
        }
        return ownHeaders + Proof.headers(for: sender, body: body, json: json, at: now)
    }

    package static func load(_ sender: Sender) throws -> [DeliveryFile] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "WebhooksTests/Deliveries/\(sender.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try files.filter { $0.hasSuffix(".headers") }.sorted().map { file in
            let name = String(file.dropLast(".headers".count))
            return try DeliveryFile(sender: sender, name: name, folder: folder)
        }
    }

    private init(sender: Sender, name: String, folder: URL) throws {
        self.sender = sender
        self.name = name
        expected = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "\(name).expected.json"))))
        json = try [UInt8](Data(contentsOf: folder.appending(path: "\(name).json")))
        let lines = String(
            decoding: try Data(contentsOf: folder.appending(path: "\(name).headers")), as: UTF8.self)
        ownHeaders = lines.split(separator: "\n").compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (name: String(line[..<colon]), value: String(line[line.index(after: colon)...].drop { $0 == " " }))
            }
        }
        let isForm = ownHeaders.contains { $0.value.hasPrefix("application/x-www-form-urlencoded") }
        body = isForm ? Proof.form(json) : json
    }
}
