import ArgumentParser
import FoundationEssentials
import SagaCore
import TestSupport
import Testing

@testable import saga

/// What the pages say is so: every example is checked by the real program or by Woodpecker's rules, every command line
/// is one that the command takes, every link leads somewhere.
@Suite(.timeLimit(.minutes(3))) struct GuideTests {
    @Test func everyPageIsThere() {
        #expect(
            GuidePage.all.map(\.path) == [
                "README.md", "plugin/docs.md", "plugin/guides/forges.md", "plugin/guides/operation.md",
                "plugin/guides/states.md", "plugin/guides/writing-sagas.md",
            ])
    }

    // MARK: YAML

    /// What a block of YAML is.
    enum Example {
        /// A definition, or a part of one with what is missing put around it.
        case saga(JSONValue)
        case workflow(JSONValue)
        /// Somebody else's file, named by the key that it is known by.
        case foreign
    }

    private static let filler: JSONValue = ["name": "filler", "action": "sleep", "config": ["duration": "1s"]]
    private static let sagaKeys: Set<String> = [
        "name", "description", "timeout", "max_retries", "on_failure", "compensation", "concurrency", "vars", "steps",
    ]
    private static let foreignKeys: Set<String> = ["notifications", "scrape_configs"]

    static func example(_ yaml: String) throws -> Example {
        let json = try WorkflowFile(name: "", text: yaml).json(["CI_COMMIT_TAG": "v1.4.0"])
        if let items = json.arrayValue {
            let isWorkflow = items.allSatisfy { $0["image"] != nil }
            return isWorkflow ? .workflow(["steps": json]) : .saga(["name": "part", "steps": json])
        }
        let keys = Set(try #require(json.objectValue, "neither a map nor a list").keys)
        if !keys.isDisjoint(with: foreignKeys) { return .foreign }
        if keys == ["settings"] {
            let place: [String: JSONValue] = ["receiver": "http://127.0.0.1:8080"]
            let settings = place.merging(json["settings"]?.objectValue ?? [:]) { $1 }
            return .workflow(["steps": [["name": "part", "image": "saga-plugin", "settings": .object(settings)]]])
        }
        if json["steps"]?.arrayValue?.contains(where: { $0["image"] != nil }) == true { return .workflow(json) }
        try #require(keys.isSubset(of: sagaKeys), "\(keys) is nothing that is known here")
        let standard: [String: JSONValue] = ["name": "part", "steps": [filler]]
        return .saga(.object(standard.merging(json.objectValue ?? [:]) { $1 }))
    }

    @Test(arguments: GuidePage.all)
    func everyExampleHolds(page: GuidePage) async throws {
        for block in page.blocks where block.language == "yaml" {
            let place: Comment = "\(page.path), line \(block.line)"
            do {
                switch try Self.example(block.text) {
                case .saga(let definition): try await Self.expectValid(definition, place)
                case .workflow(let workflow):
                    try WorkflowRulesTests.check(workflow, place)
                    for step in workflow["steps"]?.arrayValue ?? [] {
                        guard let definition = step["settings"]?["saga"], definition.objectValue != nil else {
                            continue
                        }
                        try await Self.expectValid(definition, place)
                    }
                case .foreign: break
                }
            } catch {
                Issue.record("\(page.path), line \(block.line): \(error)")
            }
        }
    }

    private static func expectValid(_ definition: JSONValue, _ place: Comment) async throws {
        let result = try await Programs.run("saga", ["validate", "-"], in: "/", input: definition.prettyJSON)
        #expect(result.output == "- is valid\n", place)
        #expect(result.exitCode == 0, place)
    }

    @Test(arguments: GuidePage.all)
    func everyAnswerIsJSON(page: GuidePage) {
        for block in page.blocks where block.language == "json" {
            #expect(throws: Never.self, "\(page.path), line \(block.line)") { try JSONValue(parsing: block.text) }
        }
    }

    // MARK: Commands

    @Test(arguments: GuidePage.all)
    func everyCommandLineIsTaken(page: GuidePage) {
        for (words, line) in page.commands where words.first == "saga" {
            #expect(throws: Never.self, "\(page.path), line \(line): \(words.joined(separator: " "))") {
                do {
                    _ = try SagaCommand.parseAsRoot(Array(words.dropFirst()))
                } catch  where SagaCommand.exitCode(for: error) == .success {
                    // Help and the version are no errors.
                }
            }
        }
    }

    /// What is asked of a file that is there is done.
    @Test(arguments: GuidePage.all)
    func commandsOverTheExamplesWork(page: GuidePage) async throws {
        for (words, line) in page.commands where words.contains(where: { $0.hasPrefix("plugin/examples/") }) {
            let result = try await Programs.run(words[0], Array(words.dropFirst()), in: WorkflowFile.root)
            #expect(result.errors == "" && !result.output.isEmpty, "\(page.path), line \(line)")
        }
    }

    /// In the text a command may be named without its arguments, but not one that does not exist.
    @Test(arguments: GuidePage.all)
    func everyNamedCommandExists(page: GuidePage) async throws {
        let help = try await Programs.run("saga", ["--help"], in: "/").output
        let known = Set(help.matches(of: #/(?m)^  ([a-z]+)  /#).map { String($0.output.1) })
        try #require(known.contains("validate"))
        let all = known.union(["help"])
        for code in page.codes where code.hasPrefix("saga ") {
            let name = code.split(separator: " ")[1]
            #expect(all.contains(String(name)) || name.hasPrefix("-"), "\(page.path): \(code)")
        }
    }

    /// What other programs read, or steps are given.
    private static let otherVariables: Set<String> = [
        "SAGA_SERVER", "SAGA_TOKEN", "SAGA_OUTPUT", "SAGA_ID", "SAGA_STEP", "SAGA_KEY", "SAGA_FUZZ_SEED",
    ]

    @Test(arguments: GuidePage.all)
    func everyNamedVariableExists(page: GuidePage) async throws {
        let help = try await Programs.run("saga-receiver", ["--help"], in: "/").output
        let known = Set(help.matches(of: #/SAGA_[A-Z_]+[A-Z]/#).map { String($0.output) })
        try #require(known.contains("SAGA_STORE"))
        for text in page.codes + page.blocks.map(\.text) {
            for match in text.matches(of: #/SAGA_[A-Z_]*[A-Z]/#) {
                let name = String(match.output)
                let plain = name.hasSuffix("_FILE") ? String(name.dropLast("_FILE".count)) : name
                let isFree = name.hasPrefix("SAGA_SECRET") || name.hasPrefix("SAGA_WEBHOOK")
                #expect(isFree || Self.otherVariables.contains(name) || known.contains(plain), "\(page.path): \(name)")
            }
        }
    }

    // MARK: Links

    @Test(arguments: GuidePage.all)
    func everyLinkLeadsSomewhere(page: GuidePage) throws {
        let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
        for link in page.links where !link.hasPrefix("https://") {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var path = page.path
            if !parts[0].isEmpty { path = Self.normalized(folder + "/" + parts[0]) }
            #expect(
                FileManager.default.fileExists(atPath: WorkflowFile.root + "/" + path), "\(page.path): \(link)")
            guard parts.count > 1 else { continue }
            let target = try GuidePage(path: path)
            #expect(target.headings.map(GuidePage.anchor).contains(parts[1]), "\(page.path): \(link)")
        }
    }

    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
