import FoundationEssentials

/// Tools from PyPI that look at what the project makes. `ci/setup` puts them into `.build/tools`.
enum TestTools {
    static let folder =
        ProcessInfo.processInfo.environment["SAGA_TEST_TOOLS"] ?? WorkflowFile.root + "/.build/tools"

    static func program(_ name: String) -> String { folder + "/bin/" + name }

    static func has(_ name: String) -> Bool { FileManager.default.isExecutableFile(atPath: program(name)) }

    static let missing = "the tools of ci/setup are not installed"
}
