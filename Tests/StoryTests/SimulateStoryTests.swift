import SagaCore
import Testing

/// `simulate` and the matrix of `plan`: the operator's look ahead, without any server.
@Suite(.timeLimit(.minutes(2))) struct SimulateStoryTests {
    private static let release = """
        name: release
        vars: {target: , notify: "no"}
        steps:
          - {name: migrate, action: shell, config: {command: "true"}, compensate: unmigrate}
          - {name: assets, action: shell, config: {command: "true"}, compensate: unassets}
          - {name: deploy, action: run_pipeline, depends_on: [migrate, assets], config: {repo: o/d}, compensate: undeploy}
          - {name: tell, action: shell, depends_on: [deploy], when: {notify: ["yes"]}, config: {command: "true"}}
          - {name: check, action: approval, depends_on: [tell]}
          - {name: unmigrate, action: shell, config: {command: "true"}}
          - {name: unassets, action: shell, config: {command: "true"}}
          - {name: undeploy, action: run_pipeline, config: {repo: o/d}}
        """

    private func saga(_ arguments: [String], _ body: (Programs.Result) throws -> Void) async throws {
        try await Programs.withFolder { folder in
            try Files.write(Self.release, folder + "/release.yaml")
            try body(try await Programs.run("saga", arguments, in: folder))
        }
    }

    /// Each change of a step, `name kind`.
    private func changes(_ result: Programs.Result) throws -> [String] {
        try JSONValue(parsing: result.output)["changes"]?.arrayValue?.compactMap { change in
            change["step"]?.stringValue.map { "\($0) \(change["kind"]?.text ?? "")" }
        } ?? []
    }

    @Test func allGoesWellUnlessAStepIsToFail() async throws {
        try await saga(["simulate", "release.yaml", "--var", "target=x", "--output", "json"]) { result in
            #expect(result.exitCode == 0, "\(result.errors)")
            let changes = try self.changes(result)
            #expect(
                changes == [
                    "migrate step_started", "assets step_started", "migrate step_completed", "assets step_completed",
                    "deploy step_started", "deploy step_completed", "tell step_skipped", "check step_started",
                    "check step_completed",
                ])
            let json = try JSONValue(parsing: result.output)
            #expect(json["status"] == "completed")
        }
    }

    @Test func aFailedStepUndoesTheOthersInReverse() async throws {
        try await saga(["simulate", "release.yaml", "--var", "target=x", "--fail", "check", "--output", "json"]) {
            result in
            #expect(result.exitCode == 0)
            let changes = try self.changes(result)
            #expect(
                changes.suffix(7) == [
                    "check step_failed", "undeploy step_started", "undeploy step_completed", "unassets step_started",
                    "unassets step_completed", "unmigrate step_started", "unmigrate step_completed",
                ])
            let json = try JSONValue(parsing: result.output)
            #expect(json["status"] == "compensated" && json["error_code"] == "step_failed")
            #expect(json.step("deploy")?["status"] == "completed" && json.step("check")?["status"] == "failed")
        }
        try await saga([
            "simulate", "release.yaml", "--var", "target=x", "--var", "notify=yes", "--fail", "tell", "--fail",
            "undeploy",
        ]) { result in
            #expect(result.exitCode == 0)
            let rows = result.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            for row in ["8. tell starts", "12. undeploy starts undo of deploy", "the saga is compensation_failed:"] {
                #expect(rows.contains { $0.hasPrefix(row) }, "\(row): \(result.output)")
            }
        }
    }

    @Test func whatCannotBePlayedIsTold() async throws {
        try await saga(["simulate", "release.yaml", "--var", "target=x", "--fail", "chek"]) { result in
            #expect(result.exitCode == 2 && result.errors.contains("did you mean 'check'?"), "\(result.errors)")
        }
        try await saga(["simulate", "release.yaml"]) { result in
            #expect(result.exitCode == 2 && result.errors.contains("'target'"), "\(result.errors)")
        }
        try await saga(["simulate", "none.yaml"]) { #expect($0.exitCode == 2) }
    }

    @Test func aPlanShowsWhichUndoRunsWhen() async throws {
        try await saga(["plan", "release.yaml"]) { result in
            #expect(result.exitCode == 0)
            let rows = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(rows.contains(["IF", "IT", "FAILS", "undeploy", "unassets", "unmigrate", "THE", "SAGA", "IS"]))
            #expect(rows.contains(["migrate", "-", "1", "-", "compensated"]), "\(result.output)")
            #expect(rows.contains(["deploy", "-", "1", "2", "compensated"]))
            #expect(rows.contains(["check", "1", "2", "3", "compensated"]))
        }
    }
}
