import FoundationEssentials
import Glibc
import Subprocess
import Synchronization
import SystemPackage
import TestSupport

/// The processes under test on one store: receivers that are started again at once whenever they die, and plugins
/// that wait for their saga.
final class Fleet: Sendable {
    private struct Member {
        var process: pid_t
        var url: String?
        var isStopped = false
    }

    private struct State {
        var members: [String: Member] = [:]
        var isRetiring = false
    }

    static let token = "chaos-operator-token"
    static let secret = "chaos-webhook-secret"

    let folder: String
    private let chronicle: Chronicle
    private let state = Mutex(State())

    init(folder: String, chronicle: Chronicle) {
        self.folder = folder
        self.chronicle = chronicle
    }

    var store: String { folder + "/saga.db" }
    /// Where receivers listen that are not stopped.
    var urls: [String] {
        state.withLock { $0.members.values.filter { !$0.isStopped }.compactMap(\.url) }.sorted()
    }
    private var isRetiring: Bool { state.withLock { $0.isRetiring } }

    // MARK: Lives

    /// Keeps one receiver alive until the fleet retires.
    func keepReceiver(_ slot: Int) async {
        var life = 0
        while !isRetiring {
            life += 1
            let name = "receiver-\(slot)-\(life)"
            _ = await live(
                name, "saga-receiver",
                [
                    "SAGA_STORE": store, "SAGA_LISTEN": "127.0.0.1:0", "SAGA_TOKENS": "ops:operate:\(Self.token)",
                    "SAGA_ALLOW_SHELL": "true", "SAGA_WEBHOOK_GITEA_SECRET": Self.secret,
                    "SAGA_SECRET_EXECUTOR": name,
                ])
        }
    }

    /// Runs a waiting plugin, again whenever it is killed, until it ends by itself.
    func followThrough(_ key: String, definition: String) async {
        var life = 0
        while !isRetiring {
            life += 1
            let name = "plugin-\(key)-\(life)"
            let status = await live(
                name, "saga-plugin",
                [
                    "CI": "woodpecker", "CI_SYSTEM_URL": "https://ci.example.com", "CI_SYSTEM_HOST": "ci.example.com",
                    "CI_REPO": "octo/app", "CI_PIPELINE_NUMBER": "1", "CI_WORKSPACE": folder,
                    "PLUGIN_STORE": store, "PLUGIN_SAGA": definition, "PLUGIN_WAIT": "true",
                    "PLUGIN_IDEMPOTENCY_KEY": key, "PLUGIN_SECRETS": #"{"EXECUTOR":"\#(name)"}"#,
                    "PLUGIN_OUTPUT": ".saga/\(key).json",
                ])
            guard case .exited(let code)? = status else { continue }
            return chronicle.note { $0.exits[key] = Int(code) }
        }
    }

    /// One life of a process, from its start to its death.
    private func live(_ name: String, _ program: String, _ environment: [String: String]) async -> TerminationStatus? {
        var variables: [Environment.Key: String] = ["PATH": "/usr/bin:/bin"]
        for (key, value) in environment { variables[Environment.Key(stringLiteral: key)] = value }
        let log = folder + "/\(name).log"
        let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
        do {
            let errors = try FileDescriptor.open(
                FilePath(log), .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
            let outcome = try await Subprocess.run(
                .path(FilePath(programs + "/" + program)), environment: .custom(variables),
                workingDirectory: FilePath(folder), input: .none, output: .sequence,
                error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
            ) { execution in
                self.enter(name, execution.processIdentifier.value)
                var text = ""
                for try await chunk in execution.standardOutput where program == "saga-receiver" {
                    text += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("listening on ") })
                    else { continue }
                    self.note(name, url: String(line.dropFirst("listening on ".count)))
                }
            }
            leave(name)
            judge(name, program, outcome.terminationStatus, log)
            return outcome.terminationStatus
        } catch {
            leave(name)
            chronicle.note { $0.surprises.append("\(name) could not be run: \(error)") }
            return nil
        }
    }

    private func enter(_ name: String, _ process: pid_t) {
        state.withLock { $0.members[name] = Member(process: process) }
        // Started while the others were being ended.
        if isRetiring { kill(process, SIGTERM) }
    }

    private func note(_ name: String, url: String) {
        state.withLock { $0.members[name]?.url = url }
    }

    private func leave(_ name: String) {
        _ = state.withLock { $0.members.removeValue(forKey: name) }
    }

    private func judge(_ name: String, _ program: String, _ status: TerminationStatus, _ log: String) {
        let wasKilled = chronicle.all.kills[name] != nil
        let isExpected =
            switch status {
            case .signaled(let signal): wasKilled && signal == SIGKILL
            case .exited(let code): program == "saga-plugin" ? code <= 1 : code == 0 && isRetiring
            }
        guard !isExpected else { return }
        let told = (try? String(contentsOf: URL(filePath: log), encoding: .utf8)) ?? ""
        chronicle.note { $0.surprises.append("\(name) ended with \(status): \(told.suffix(800))") }
    }

    // MARK: Misfortunes

    /// Kills one of the processes. A stopped one is killed only now and then.
    func killOne(_ dice: inout Dice) -> Bool {
        let thatToo = dice.chance(3)
        return state.withLock { state in
            let names = state.members.filter { thatToo || !$0.value.isStopped }.keys.sorted()
            guard let name = names.randomElement(using: &dice), let member = state.members[name] else { return false }
            // Before it happens: nobody may see its end and not find the reason.
            chronicle.note { $0.kills[name] = Wall.now }
            kill(member.process, SIGKILL)
            state.members[name] = nil
            return true
        }
    }

    /// Stops one of the processes for a while, as a machine that swaps or a suspended one does: one that has a call
    /// open, so that others take its work over and its own result comes too late.
    func pauseOne(_ dice: Dice) async {
        var dice = dice
        let length = dice.milliseconds(Plan.pauseLength)
        var chosen: (name: String, process: pid_t)?
        _ = await Pause.until(.seconds(20)) {
            chosen = stopCaller(&dice)
            return chosen != nil
        }
        guard let chosen else { return }
        let from = Wall.now
        await Pause.forChaos(length)
        state.withLock { state in
            // Killed meanwhile, its number may be another's by now.
            guard state.members[chosen.name] != nil else { return }
            kill(chosen.process, SIGCONT)
            state.members[chosen.name]?.isStopped = false
        }
        chronicle.note { $0.pauses.append(.init(executor: chosen.name, from: from, to: Wall.now)) }
    }

    private func stopCaller(_ dice: inout Dice) -> (name: String, process: pid_t)? {
        let callers = chronicle.callers
        return state.withLock { state in
            let names = state.members.keys.filter { callers.contains($0) }.sorted()
            guard let name = names.randomElement(using: &dice), let member = state.members[name] else { return nil }
            kill(member.process, SIGSTOP)
            state.members[name]?.isStopped = true
            return (name, member.process)
        }
    }

    /// Ends all in good order.
    func retire() {
        state.withLock { state in
            state.isRetiring = true
            for member in state.members.values { kill(member.process, SIGTERM) }
        }
    }
}
