import FoundationEssentials
import SagaCore

/// The file in the workspace that tells later steps about the saga.
struct OutputFile {
    let path: String

    init(_ settings: Settings, _ surroundings: Surroundings, sagaName: String) {
        path = surroundings.path(settings.text(.output) ?? ".saga/\(sagaName).json")
    }

    /// Replaces the file in one move, so that nobody ever reads half of it.
    func write(_ saga: JSONValue) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let names = ["id", "name", "status", "url", "outputs", "error", "error_code"]
        let members = names.map { ($0, saga[$0] ?? .null) }
        let text = JSONValue.object(Dictionary(uniqueKeysWithValues: members)).prettyJSON + "\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    /// The id that an earlier step wrote; nil where there is none.
    var sagaID: String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return (try? JSONValue(parsing: Array(data)))?["id"]?.stringValue
    }
}
