import FoundationEssentials

extension Files {
    static func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(filePath: path))
    }

    static func contains(_ path: String, _ text: String) -> Bool {
        ((try? bytes(path)) ?? Data()).firstRange(of: Data(text.utf8)) != nil
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    /// The paths of everything below a folder.
    static func tree(_ folder: String) -> [String] {
        (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    }

    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}
