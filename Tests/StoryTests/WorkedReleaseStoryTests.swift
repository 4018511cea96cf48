import FoundationEssentials
import SagaCore
import TestSupport
import Testing

/// Every worked release of the guide through the real receiver, once to its end and with what may go wrong. Its file is
/// taken as it is; only the addresses are those of this machine.
@Suite(.timeLimit(.minutes(3))) struct WorkedReleaseStoryTests {
    /// A release that nobody has to do anything for.
    struct Course: Sendable, CustomTestStringConvertible {
        var release: String
        var what: String
        var vars: JSONValue
        var refused: Set<String> = []
        var endings: [String: [String]] = [:]
        var status = "completed"
        var failed: String?
        /// In order; those in one group run at the same time.
        var undone: [Set<String>] = []

        var testDescription: String { "\(release): \(what)" }
    }

    static let shop: JSONValue = ["version": "1.4.0"]
    static let canary: JSONValue = ["version": "1.4.0", "soak": "10ms"]

    static let courses = [
        Course(release: "three-repositories", what: "all is well", vars: shop),
        Course(
            release: "three-repositories", what: "the check fails", vars: shop, refused: ["GET /health"],
            status: "compensated", failed: "check", undone: [["redeploy-previous"], ["unmigrate"]]),
        Course(
            release: "three-repositories", what: "the deployment fails half-way", vars: shop,
            endings: ["octo/deploy": ["failure", "success"]], status: "compensated", failed: "deploy",
            undone: [["redeploy-previous"], ["unmigrate"]]),
        Course(
            release: "three-repositories", what: "the migration is refused", vars: shop,
            refused: ["POST /migrations"], status: "failed", failed: "migrate"),
        Course(
            release: "three-repositories", what: "the chat is down", vars: shop, refused: ["POST /messages"],
            failed: "announce"),
        Course(release: "canary", what: "all is well", vars: canary),
        Course(
            release: "canary", what: "the canary is ill", vars: canary, refused: ["healthy"], status: "compensated",
            failed: "look-at-errors", undone: [["stop-canary"]]),
        Course(
            release: "canary", what: "it cannot be promoted", vars: canary, refused: ["PUT /shop/stable"],
            status: "compensated", failed: "promote", undone: [["stop-canary"]]),
        Course(release: "platform", what: "all is well on staging", vars: shop),
        Course(
            release: "platform", what: "one service is refused", vars: shop, refused: ["PUT /staging/mails"],
            status: "compensated", failed: "mails", undone: [["undo-orders", "undo-mails"], ["undo-accounts"]]),
        Course(
            release: "platform", what: "the last service is refused", vars: shop, refused: ["PUT /staging/shop"],
            status: "compensated", failed: "shop",
            undone: [["undo-shop"], ["undo-orders", "undo-mails"], ["undo-accounts"]]),
    ]

    @Test(arguments: courses)
    func itTakesItsCourse(course: Course) async throws {
        try await ReleaseWorld.with(refused: .init(course.refused), endings: course.endings) { world in
            let id = try await world.start(course.release, course.vars)
            let saga = try await world.receiver.waitForEnd(of: id)
            #expect(saga["status"]?.stringValue == course.status, "\(saga["error"]?.text ?? "")")
            let failed = (saga["steps"]?.arrayValue ?? []).filter { $0["status"] == "failed" }
            #expect(failed.compactMap { $0["name"]?.stringValue } == [course.failed].compactMap(\.self))
            try await Self.expect(course.undone, of: id, in: world)
        }
    }

    /// Exactly these undos were started, in this order, and each of them reached what it undoes.
    static func expect(
        _ groups: [Set<String>], of id: String, in world: ReleaseWorld,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var rest = try await world.undone(id)[...]
        for group in groups {
            #expect(Set(rest.prefix(group.count)) == group, sourceLocation: sourceLocation)
            rest = rest.dropFirst(group.count)
        }
        #expect(rest == [], sourceLocation: sourceLocation)
        #expect(groups.allSatisfy(world.called.isSuperset), sourceLocation: sourceLocation)
    }

    // MARK: Three repositories

    @Test func itGoesBackToWhereTheMigrationSaysItCameFrom() async throws {
        try await ReleaseWorld.with(refused: .init(["GET /health"])) { world in
            _ = try await world.receiver.waitForEnd(of: try await world.start("three-repositories", Self.shop))
            #expect(world.sent(by: "migrate").map(\.body) == [["to": "1.4.0"]])
            #expect(world.sent(by: "unmigrate").map(\.body) == [["to": "1.3.0"]])
            let deployed = world.woodpecker.pipelines("octo/deploy").map { $0.variables["VERSION"] }
            #expect(deployed == ["1.4.0", "1.3.0"])
        }
    }

    // MARK: Canary

    @Test func afterThePivotThereIsOnlyForward() async throws {
        let refused = ReleaseWorld.Refusals(["DELETE /shop/canary"])
        try await ReleaseWorld.with(refused: refused) { world in
            let id = try await world.start("canary", Self.canary)
            let failed = try await world.receiver.waitForEnd(of: id)
            #expect(failed["status"] == "failed")
            #expect(failed["error"]?.stringValue?.contains("'promote' is the point of no return") == true)
            refused.replace(by: [])
            #expect(try await world.receiver.operate("retry", id, ["reason": "mended"]).status == 200)
            #expect(try await world.receiver.waitForEnd(of: id)["status"] == "completed")
            #expect(world.sent(by: "promote").count == 1)
            try await Self.expect([], of: id, in: world)
        }
    }

    /// The sleep is for real: a canary that is still looked at makes way for a newer version.
    @Test func aNewerVersionTakesThePlaceOfACanary() async throws {
        try await ReleaseWorld.with { world in
            let first = try await world.start("canary", ["version": "1.4.0"])
            try await world.receiver.wait(for: first, step: "soak", toSay: "waits for")
            let second = try await world.start("canary", ["version": "1.4.1", "soak": "10ms"])
            let old = try await world.receiver.waitForEnd(of: first)
            #expect(old["status"] == "compensated")
            #expect(old["error_code"] == "superseded")
            try await Self.expect([["stop-canary"]], of: first, in: world)
            #expect(try await world.receiver.waitForEnd(of: second)["status"] == "completed")
            #expect(world.sent(by: "promote").map(\.body) == [["version": "1.4.1"]])
        }
    }

    // MARK: Expand and contract

    static let schema: JSONValue = ["version": "2.0.0", "previous": "1.9.0"]

    @Test(arguments: ["approve", "reject"])
    func theColumnIsDroppedOnlyWhereSomebodyOnTheListSaysSo(answer: String) async throws {
        try await ReleaseWorld.with { world in
            let id = try await world.start("expand-contract", Self.schema)
            let gate = "may-we-contract"
            try await world.receiver.wait(for: id, step: gate, toSay: "42 rows were copied for 2.0.0")
            #expect(try await world.receiver.operate(answer, id, step: gate).status == 403, "ops is not on the list")
            let answered = try await world.receiver.operate(
                answer, id, step: gate, token: ReleaseWorld.approver, ["comment": "looked at it"])
            #expect(answered.status == 200)
            let saga = try await world.receiver.waitForEnd(of: id)
            let isApproved = answer == "approve"
            #expect(saga["status"] == (isApproved ? "completed" : "compensated"), "\(saga["error"]?.text ?? "")")
            #expect(world.called.contains("contract") == isApproved)
            try await Self.expect(
                isApproved ? [] : [["redeploy-previous"], ["drop-new-column"]], of: id, in: world)
            let versions = world.woodpecker.pipelines("octo/deploy").map { $0.variables["VERSION"] }
            #expect(versions == (isApproved ? ["2.0.0"] : ["2.0.0", "1.9.0"]))
        }
    }

    @Test func whatMayHaveAddedTheColumnIsUndone() async throws {
        try await ReleaseWorld.with { world in
            try world.failScript("add-column")
            let id = try await world.start("expand-contract", Self.schema)
            #expect(try await world.receiver.waitForEnd(of: id)["status"] == "compensated")
            try await Self.expect([["drop-new-column"]], of: id, in: world)
            #expect(world.woodpecker.pipelines("octo/deploy").isEmpty)
        }
    }

    // MARK: Platform

    @Test func productionAsksFirstAndItsReleasesQueue() async throws {
        try await ReleaseWorld.with { world in
            let vars: JSONValue = ["version": "1.4.0", "environment": "production"]
            let first = try await world.start("platform", vars)
            try await world.receiver.wait(for: first, step: "go", toSay: "approval")
            let second = try await world.start("platform", vars)
            let waiting = try await world.receiver.saga(second)
            #expect(waiting["status"] == "pending")
            #expect(waiting["waiting_for"]?.stringValue?.contains("platform/production") == true)
            let staging = try await world.receiver.waitForEnd(of: try await world.start("platform", Self.shop))
            #expect(staging["status"] == "completed", "another environment waits for neither")
            #expect(staging.step("go")?["status"] == "skipped")
            #expect(try await world.receiver.operate("approve", first, step: "go").status == 200)
            #expect(try await world.receiver.waitForEnd(of: first)["status"] == "completed")
            let digests = world.sent(by: "accounts").compactMap { $0.body["image"]?.stringValue }
            #expect(digests.allSatisfy { $0.hasSuffix("/octo/accounts@sha256:5a6a") } && digests.count == 2)
            try await world.receiver.wait(for: second, step: "go", toSay: "approval")
            #expect(try await world.receiver.operate("cancel", second).status == 200)
            #expect(try await world.receiver.waitForEnd(of: second)["status"] == "failed", "there is nothing to undo")
        }
    }

    // MARK: Hotfix

    static func hotfix(heal: String) -> JSONValue { ["commit": .string(ReleaseWorld.commit), "heal": .string(heal)] }

    /// Puts the pipeline of the push there, with that end.
    static func push(_ status: String, in world: ReleaseWorld) -> Int64? {
        world.woodpecker.addPipeline(in: "octo/shop", status: status) { $0.commit = ReleaseWorld.commit }?.number
    }

    @Test func aFlakyPipelineIsRestartedUntilTheFixIsBuilt() async throws {
        try await ReleaseWorld.with(endings: ["octo/shop": ["failure", "success"]]) { world in
            _ = Self.push("failure", in: world)
            let saga = try await world.receiver.waitForEnd(of: try await world.start("hotfix", Self.hotfix(heal: "0s")))
            #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
            #expect(saga.step("built")?["output"]?["number"] == 3)
            let announced = world.sent(by: "announce").compactMap { $0.body["text"]?.stringValue }
            #expect(announced == ["hotfix \(ReleaseWorld.commit) is live after 2 restarts of its pipeline"])
            #expect(world.sent(by: "thaw").count == 1)
        }
    }

    @Test func onePipelineThatStaysBrokenLetsEverybodyGoOn() async throws {
        try await ReleaseWorld.with(endings: ["octo/shop": ["failure", "failure"]]) { world in
            _ = Self.push("failure", in: world)
            let id = try await world.start("hotfix", Self.hotfix(heal: "0s"))
            let saga = try await world.receiver.waitForEnd(of: id)
            #expect(saga["status"] == "compensated")
            #expect(saga["error"]?.stringValue?.contains("'built' failed") == true)
            #expect(world.woodpecker.pipelines("octo/shop").count == 3)
            try await Self.expect([["thaw-after-failure"]], of: id, in: world)
        }
    }

    /// Within the heal window a failure is left to people: what they restart counts, and the saga restarts nothing.
    @Test func whatSomebodyRestartsInTimeCounts() async throws {
        try await ReleaseWorld.with { world in
            let number = try #require(Self.push("running", in: world))
            let id = try await world.start("hotfix", Self.hotfix(heal: "30m"))
            #expect(try await world.says("(running, ", "built", of: id))
            world.woodpecker.set("octo/shop", number, "failure")
            #expect(try await world.says("a restart may make it good", "built", of: id))
            let next = world.woodpecker.addPipeline(in: "octo/shop", status: "running") {
                $0.parent = number
                $0.commit = ReleaseWorld.commit
            }
            world.woodpecker.set("octo/shop", try #require(next).number, "success")
            let saga = try await world.receiver.waitForEnd(of: id)
            #expect(saga["status"] == "completed", "\(saga["error"]?.text ?? "")")
            #expect(world.woodpecker.count(.restart) == 0)
        }
    }

    @Test func aFixThatDoesNotWorkIsTakenBack() async throws {
        try await ReleaseWorld.with(refused: .init(["GET /health"])) { world in
            _ = Self.push("success", in: world)
            let id = try await world.start("hotfix", Self.hotfix(heal: "0s"))
            let saga = try await world.receiver.waitForEnd(of: id)
            #expect(saga["status"] == "compensated")
            try await Self.expect([["redeploy-previous"], ["thaw-after-failure"]], of: id, in: world)
            #expect(world.woodpecker.pipelines("octo/deploy").map { $0.variables["UNDO_OF"] } == [nil, "1"])
        }
    }
}
