import Crypto
import FoundationEssentials
import SagaCore
import Subprocess
import SystemPackage
import Testing

/// Debian's `docker-registry` as a real process on a free loopback port, and images for it.
struct Registry: Sendable {
    /// `127.0.0.1:PORT`, as in the names of its images.
    let host: String

    /// `ci/setup` installs both; elsewhere the tests that need them are skipped, and say so.
    static let isInstalled = [program, skopeo].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    static let program = "/usr/bin/docker-registry"
    static let skopeo = "/usr/bin/skopeo"

    static let user = "octo"
    static let password = "correct-horse"

    /// - Parameters:
    ///   - receiver: where it sends its notifications, with that value of `Authorization`.
    ///   - isProtected: whether it asks for `user` and `password`.
    static func with(
        folder: String, notifying receiver: (url: String, authorization: String)? = nil, isProtected: Bool = false,
        _ body: @Sendable (Registry) async throws -> Void
    ) async throws {
        var config: [String: JSONValue] = [
            "version": "0.1", "log": ["level": "info", "accesslog": ["disabled": true]],
            "storage": ["filesystem": ["rootdirectory": .string(folder + "/registry")]],
            "http": ["addr": "127.0.0.1:0"],
        ]
        if let receiver {
            config["notifications"] = [
                "endpoints": [
                    [
                        "name": "saga", "url": .string(receiver.url + "/webhooks/registry"), "timeout": "5s",
                        "threshold": 3, "backoff": "1s",
                        "headers": ["Authorization": [.string(receiver.authorization)]],
                        "ignore": ["actions": ["pull"], "mediatypes": ["application/octet-stream"]],
                    ]
                ]
            ]
        }
        if isProtected {
            // The password's bcrypt hash, which is the only kind that the registry reads.
            try Files.write(
                "\(user):$2b$05$abcdefghijklmnopqrstuuZ0Fx87Pb/Aqb0E90lfvCwzXnaFKUHpS\n", folder + "/htpasswd")
            config["auth"] = ["htpasswd": ["realm": "story", "path": .string(folder + "/htpasswd")]]
        }
        // YAML reads JSON.
        try Files.write(JSONValue.object(config).json, folder + "/registry.json")
        try await run(config: folder + "/registry.json", body)
    }

    private static func run(config: String, _ body: @Sendable (Registry) async throws -> Void) async throws {
        _ = try await Subprocess.run(
            .path(FilePath(program)), arguments: ["serve", config], environment: Programs.custom([:]),
            input: .none, output: .discarded, error: .sequence
        ) { execution in
            var text = ""
            for try await chunk in execution.standardError {
                text += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                guard let words = text.firstRange(of: "listening on "),
                    let end = text[words.upperBound...].firstIndex(of: "\"")
                else { continue }
                try await body(Registry(host: String(text[words.upperBound..<end])))
                break
            }
            #expect(text.contains("listening on"), "the registry did not start: \(text)")
            try? execution.send(signal: .terminate)
        }
    }

    /// Pushes a small image under that name and tag, as a build does.
    ///
    /// - Returns: the digest that the registry has it under.
    func push(_ image: String, from folder: String, asUser: Bool = false) async throws -> String {
        let layout = folder + "/image-" + image.replacing("/", with: "-").replacing(":", with: "-")
        let digest = try OCILayout.write(to: layout, saying: image)
        var arguments = ["--insecure-policy", "copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false"]
        if asUser { arguments.append("--dest-creds=\(Self.user):\(Self.password)") }
        let result = try await Subprocess.run(
            .path(FilePath(Self.skopeo)),
            arguments: Arguments(arguments + ["oci:\(layout):it", "docker://\(host)/\(image)"]),
            environment: Programs.custom(["HOME": folder, "TMPDIR": folder]), output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16))
        try #require(
            result.terminationStatus == .exited(0), "skopeo: \(result.standardOutput)\(result.standardError)")
        return digest
    }
}

/// An image with nothing but a name in it, in the layout of the Open Container Initiative.
enum OCILayout {
    /// - Returns: the digest of its manifest.
    static func write(to folder: String, saying text: String) throws -> String {
        let blobs = folder + "/blobs/sha256"
        try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
        func blob(_ bytes: [UInt8], _ type: String, _ more: [String: JSONValue] = [:]) throws -> JSONValue {
            let name = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            try Data(bytes).write(to: URL(filePath: blobs + "/" + name))
            let members: [String: JSONValue] = [
                "mediaType": .string("application/vnd.oci.image." + type), "digest": .string("sha256:" + name),
                "size": .int(Int64(bytes.count)),
            ]
            return .object(members.merging(more) { $1 })
        }
        func json(_ value: JSONValue) -> [UInt8] { Array(value.json.utf8) }
        // Two empty blocks are an empty archive; the text makes each image another one.
        let layer = try blob([UInt8](repeating: 0, count: 1024), "layer.v1.tar")
        let config: JSONValue = [
            "architecture": "amd64", "os": "linux", "config": ["Labels": ["says": .string(text)]],
            "rootfs": ["type": "layers", "diff_ids": [layer["digest"] ?? ""]],
        ]
        let manifest: JSONValue = [
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": try blob(json(config), "config.v1+json"), "layers": [layer],
        ]
        let named = try blob(
            json(manifest), "manifest.v1+json", ["annotations": ["org.opencontainers.image.ref.name": "it"]])
        let index: JSONValue = ["schemaVersion": 2, "manifests": [named]]
        try Files.write(index.json, folder + "/index.json")
        try Files.write(#"{"imageLayoutVersion": "1.0.0"}"#, folder + "/oci-layout")
        return named["digest"]?.stringValue ?? ""
    }
}
