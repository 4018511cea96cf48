import FoundationEssentials

enum Files {
    static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    static func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    static func lines(_ path: String) -> [String] {
        ((try? read(path)) ?? "").split(separator: "\n").map(String.init)
    }
}
