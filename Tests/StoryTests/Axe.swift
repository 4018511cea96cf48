import FoundationEssentials
import SagaCore
import Testing

/// Deque's axe-core, which finds what people who do not see, or do not see well, would stumble over. It comes with the
/// Python package axe-playwright-python.
enum Axe {
    static let script: String? = {
        let pythons = (try? Files.names(in: TestTools.folder + "/lib")) ?? []
        return pythons.lazy.map { "\(TestTools.folder)/lib/\($0)/site-packages/axe_playwright_python/axe.min.js" }
            .first(where: Files.exists)
    }()

    /// What it has against the page that the browser shows, a line a rule.
    static func violations(_ browser: WebDriver) async throws -> [String] {
        let path = try #require(script)
        try await browser.run(try Files.read(path))
        let found = try await browser.await("axe.run(document, { resultTypes: ['violations'] })")
        let checks = found["passes"]?.arrayValue?.count ?? 0
        try #require(checks > 10, "axe has looked at the page: \(found.json.prefix(300))")
        return (found["violations"]?.arrayValue ?? []).map { rule in
            let first = rule["nodes"]?.arrayValue?.first
            return "\(rule["id"]?.text ?? ""): \(first?["html"]?.text ?? "") \(first?["failureSummary"]?.text ?? "")"
        }
    }
}
