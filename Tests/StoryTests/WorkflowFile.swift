import FoundationEssentials
import SagaCore
import Testing
import Yams

/// A Woodpecker workflow, read as Woodpecker reads it.
struct WorkflowFile: Sendable, CustomTestStringConvertible {
    /// The file's name without its ending: what `depends_on` names.
    let name: String
    let text: String

    var testDescription: String { name }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The `.yml` files of a folder of this repository.
    static func all(in folder: String) -> [WorkflowFile] {
        let names = (try? Files.names(in: root + "/" + folder)) ?? []
        return names.filter { $0.hasSuffix(".yml") }.compactMap { name in
            (try? Files.read("\(root)/\(folder)/\(name)")).map {
                WorkflowFile(name: String(name.dropLast(4)), text: $0)
            }
        }
    }

    /// With `${NAME}` replaced before the text is parsed; a variable that is not set is empty.
    func json(_ variables: [String: String]) throws -> JSONValue {
        var text = text
        while let start = text.firstRange(of: "${"), let end = text[start.upperBound...].firstIndex(of: "}") {
            let name = String(text[start.upperBound..<end])
            text.replaceSubrange(start.lowerBound...end, with: variables[name] ?? "")
        }
        return try JSONValue(yaml: text)
    }
}

extension JSONValue {
    init(yaml: String) throws {
        self.init(any: try Yams.load(yaml: yaml) as Any)
    }

    private init(any: Any) {
        switch any {
        case let value as Bool: self = .bool(value)
        case let value as Int: self = .int(Int64(value))
        case let value as Double: self = .double(value)
        case let value as String: self = .string(value)
        case let value as [Any]: self = .array(value.map(JSONValue.init(any:)))
        case let value as [String: Any]: self = .object(value.mapValues(JSONValue.init(any:)))
        default: self = .null
        }
    }
}

/// What Woodpecker makes of a step's settings.
enum PluginSettings {
    /// Texts and numbers stay texts, lists of them are joined by commas, everything else becomes JSON; `from_secret` is
    /// resolved wherever it stands.
    static func environment(_ settings: JSONValue, secrets: [String: String]) throws -> [String: String] {
        var environment: [String: String] = [:]
        for (name, value) in settings.objectValue ?? [:] where !value.isNull {
            let variable = "PLUGIN_" + name.uppercased().replacing("-", with: "_").replacing(".", with: "_")
            environment[variable] = text(try resolved(value, secrets))
        }
        return environment
    }

    private static func text(_ value: JSONValue) -> String {
        let isSimple = { (item: JSONValue) in item.objectValue == nil && item.arrayValue == nil }
        if let items = value.arrayValue, items.allSatisfy(isSimple) { return items.map(\.text).joined(separator: ",") }
        return isSimple(value) ? value.text : value.json
    }

    private static func resolved(_ value: JSONValue, _ secrets: [String: String]) throws -> JSONValue {
        if let items = value.arrayValue { return .array(try items.map { try resolved($0, secrets) }) }
        guard let members = value.objectValue else { return value }
        if members.count == 1, let name = members["from_secret"]?.stringValue {
            return .string(try #require(secrets[name], "secret \(name)"))
        }
        return .object(try members.mapValues { try resolved($0, secrets) })
    }

    /// A value for every secret that is asked for somewhere in there.
    static func namedSecrets(_ value: JSONValue) -> [String: String] {
        var secrets: [String: String] = [:]
        if let name = value["from_secret"]?.stringValue { secrets[name] = "value of \(name)" }
        for inner in (value.arrayValue ?? []) + (value.objectValue.map { Array($0.values) } ?? []) {
            secrets.merge(namedSecrets(inner)) { $1 }
        }
        return secrets
    }
}
