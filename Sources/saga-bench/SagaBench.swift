import ArgumentParser
import FoundationEssentials
import Glibc
import Logging

/// Measures the product on this machine and prints what `ci/bench` shows: figure, aim, met or not.
///
/// Not a product that users install. Everything runs in one folder, on one disk, against nothing but loopback.
@main
struct SagaBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saga-bench", abstract: "Measures speed, latency, memory and start-up on this machine.")

    @Option(help: "An existing folder on the disk to be measured; what is made in it is removed again.")
    var folder: String

    @Option(help: "The saga-receiver that is measured.")
    var receiver: String

    @Flag(help: "A few seconds with small numbers: shows that it works, and says little about speed.")
    var quick = false

    @Flag(help: "Exit with 1 where an aim is not met.")
    var strict = false

    @Option(help: "Only these parts, comma-separated: throughput, idle, waiting.")
    var only = "throughput,idle,waiting"

    func run() async throws {
        // A receiver that went away is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let parts = only.split(separator: ",").map(String.init)
        let size = quick ? Size.quick : Size.full
        let scratch = folder + "/saga-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var report = Report()
        for line in Machine.lines(folder: scratch) { print(line) }
        print("")
        report.printHead()
        let waiting = WaitingSagas(size: size, folder: scratch, program: receiver)
        let known: [(name: String, measure: () async throws -> [Report.Line])] = [
            ("throughput", { try await Throughput(size: size, folder: scratch).lines() }),
            ("idle", waiting.idleLines), ("waiting", waiting.lines),
        ]
        for part in known where parts.contains(part.name) {
            let others = OtherLoad()
            for line in try await part.measure() { report.add(line) }
            report.add(
                .init(
                    title: "  (other programs' share of the cores meanwhile)",
                    figure: "\((others.share * 100).shown(0)) %"))
        }
        print("")
        print(report.summary)
        if strict, !report.isMet { throw ExitCode(1) }
    }
}

/// How much is measured.
struct Size {
    /// Sagas in each of the throughput's rounds, and in its warm-up.
    var sagas: Int
    var warmUp: Int
    var rounds: Int
    /// Signals whose latency is measured, in each of the latency's parts.
    var signals: Int
    var few: Int
    var many: Int
    var starts: Int

    static let full = Size(
        sagas: 5000, warmUp: 1000, rounds: 5, signals: 400, few: 1000, many: 100_000, starts: 3)
    static let quick = Size(sagas: 300, warmUp: 100, rounds: 1, signals: 30, few: 100, many: 1000, starts: 1)
}
