import FoundationEssentials
import Glibc
import SagaCore

/// Where the plugin runs: the process's environment, and what Woodpecker tells about the pipeline in it.
struct Surroundings: Sendable {
    let environment: [String: String]
    let hostName: String
    private let currentFolder: String

    init(environment: [String: String], hostName: String, currentFolder: String) {
        self.environment = environment
        self.hostName = hostName
        self.currentFolder = currentFolder
    }

    static func ofProcess() -> Surroundings {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&name, name.count - 1) == 0
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return Surroundings(
            environment: ProcessInfo.processInfo.environment,
            hostName: isKnown ? String(decoding: bytes, as: UTF8.self) : "unknown host",
            currentFolder: FileManager.default.currentDirectoryPath)
    }

    /// A variable's value; an empty one counts as absent.
    subscript(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    var workspace: String { self["CI_WORKSPACE"] ?? currentFolder }

    func path(_ path: String) -> String {
        path.hasPrefix("/") ? path : workspace + "/" + path
    }

    /// A small file's text; nil where there is none that can be read.
    func contents(of path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).flatMap { String(validating: $0, as: UTF8.self) }
    }

    var origin: Origin { Origin(environment: environment) }

    /// Who the journal of a store says it was.
    var actor: String {
        guard let repo = self["CI_REPO"], let number = self["CI_PIPELINE_NUMBER"] else {
            return "plugin on \(hostName)"
        }
        return "pipeline \(repo)#\(number)"
    }

    /// Names this very step: system, repository, pipeline, workflow and step. Nil outside of a pipeline.
    var idempotencyKey: String? {
        self["CI_PIPELINE_NUMBER"].flatMap(idempotencyKey(ofPipeline:))
    }

    /// The number of the pipeline that this one is a restart of.
    var parent: String? {
        self["CI_PIPELINE_PARENT"].flatMap { $0 == "0" ? nil : $0 }
    }

    /// The key that the same step had in another pipeline of this repository.
    func idempotencyKey(ofPipeline number: String) -> String? {
        guard let repo = self["CI_REPO"] else { return nil }
        let url = self["CI_SYSTEM_URL"].map(ServerAddress.normalized)
        let host =
            self["CI_SYSTEM_HOST"] ?? url.map { $0.replacing("https://", with: "").replacing("http://", with: "") }
        // The copies of a matrix share their workflow's name; its number tells them apart.
        let workflow = [self["CI_WORKFLOW_NAME"], self["CI_WORKFLOW_NUMBER"]].compactMap(\.self).joined(separator: ".")
        let parts = [host ?? "", repo, number, workflow, self["CI_STEP_NAME"] ?? ""]
        return parts.filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// What a step of the saga may see of this process: neither the settings nor anything named like a credential.
    var forShell: [String: String] {
        environment.filter { name, _ in
            !name.hasPrefix("PLUGIN_") && !name.contains("NETRC") && !Origin.isCredential(name)
        }
    }
}
