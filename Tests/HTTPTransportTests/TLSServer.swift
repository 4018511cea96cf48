import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// OpenSSL's own server on a free loopback port, with a certificate that nobody vouches for but itself.
struct TLSServer: Sendable {
    let url: String
    /// The certificate, which is its own authority.
    let caFile: String

    static let openssl = "/usr/bin/openssl"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: openssl)

    /// - Parameter name: whom the certificate is for: `IP:127.0.0.1`, or somebody else.
    static func with(certificateFor name: String, _ body: @Sendable (TLSServer) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let made = try await Subprocess.run(
            .path(FilePath(openssl)),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
                "-out", "certificate.pem", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(name)",
            ], workingDirectory: FilePath(folder), output: .discarded, error: .discarded)
        try #require(made.terminationStatus == .exited(0))
        _ = try await Subprocess.run(
            .path(FilePath(openssl)),
            arguments: [
                "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "certificate.pem", "-key", "key.pem",
            ], workingDirectory: FilePath(folder), input: .none, output: .sequence, error: .discarded
        ) { execution in
            var text = ""
            for try await chunk in execution.standardOutput {
                text += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                guard let start = text.firstRange(of: "ACCEPT "), text[start.upperBound...].contains("\n") else {
                    continue
                }
                let address = text[start.upperBound...].prefix { !$0.isNewline }
                try await body(TLSServer(url: "https://\(address)", caFile: folder + "/certificate.pem"))
                break
            }
            #expect(text.contains("ACCEPT "), "the server did not start")
            try? execution.send(signal: .terminate)
        }
    }
}
