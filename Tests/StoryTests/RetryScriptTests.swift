import Subprocess
import SystemPackage
import Testing

/// `ci/retry`, which stands in for the retry that Woodpecker's steps do not have.
@Suite struct RetryScriptTests {
    /// - Returns: its exit code and how often the command ran.
    private func retry(_ attempts: String, succeedingAt success: Int) async throws -> [Int] {
        try await Programs.withFolder { folder in
            let command = "echo x >> \(folder)/runs; [ $(wc -l < \(folder)/runs) -ge \(success) ] || exit 7"
            let result = try await Subprocess.run(
                .path("/bin/bash"),
                arguments: [WorkflowFile.root + "/ci/retry", attempts, "0", "/bin/sh", "-c", command],
                environment: Programs.custom([:]), output: .discarded, error: .discarded)
            guard case .exited(let code) = result.terminationStatus else { return [] }
            return [Int(code), Files.lines(folder + "/runs").count]
        }
    }

    @Test(arguments: [("3", 1, [0, 1]), ("3", 3, [0, 3]), ("3", 4, [7, 3]), ("none", 1, [2, 0])])
    func itRepeatsUntilItSucceedsOrHasTriedOftenEnough(attempts: String, success: Int, expected: [Int]) async throws {
        let seen = try await retry(attempts, succeedingAt: success)
        #expect(seen == expected)
    }
}
