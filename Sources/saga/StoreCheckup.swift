import Glibc
import SagaCore
import SagaDefinitions
import SagaStore
import Telemetry

/// What `doctor` looks at in a store file.
struct StoreCheckup {
    let path: String

    /// In bytes: what a store should have left, and what it needs to go on at all.
    private static let comfortable: UInt64 = 1 << 30
    private static let least: UInt64 = 64 << 20

    func checks() async -> [Check] {
        let ledger: SQLiteLedger
        do {
            ledger = try await SQLiteLedger(path: path, create: false) { try DefinitionReader.read($0).definition }
        } catch {
            // Its message names the cure.
            return [Check(name: "store", state: .fail, message: error.message)]
        }
        var checks: [Check] = []
        do {
            let problems = try await ledger.quickCheck()
            checks.append(
                problems.isEmpty
                    ? .ok("store", "\(path) opens and is sound")
                    : .fail(
                        "store", problems.joined(separator: "; "),
                        cure: "stop all that use it and restore a copy of 'saga backup'"))
            let now = WallClock.now()
            let executors = try await ledger.read { try $0.executors(since: now + .seconds(-30)) }
            checks.append(
                executors.isEmpty
                    ? .warn("executors", "nobody works on this store", cure: "start a receiver on it")
                    : .ok("executors", executors.map(\.name).sorted().joined(separator: ", ")))
        } catch {
            checks.append(
                .fail(
                    "store", (error as? StoreError)?.message ?? "\(error)",
                    cure: "look at it with 'saga check --store \(path)'"))
        }
        await ledger.close()
        return checks + [space]
    }

    private var space: Check {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else {
            return .warn("space", String(cString: strerror(errno)), cure: "look at the disk of \(path)")
        }
        let free = UInt64(info.f_bavail) * UInt64(info.f_frsize)
        let message = "\(free >> 20) MiB free"
        if free < Self.least { return .fail("space", message, cure: "make room: the store cannot grow") }
        if free < Self.comfortable { return .warn("space", message, cure: "make room, or shorten SAGA_RETENTION") }
        return .ok("space", message)
    }
}
