import FoundationEssentials
import Glibc
import Logging
import NIOCore
import SagaStore
import Telemetry

/// Reads the configuration, wires, runs, and turns whatever ends it into an exit code.
@main
enum SagaReceiver {
    /// The exit codes of the contract that this program has.
    private enum ExitCode {
        static let ok: Int32 = 0
        static let wrongConfiguration: Int32 = 2
        static let unusable: Int32 = 3
    }

    static func main() async {
        exit(await run(arguments: Array(CommandLine.arguments.dropFirst()), ProcessInfo.processInfo.environment))
    }

    private static func run(arguments: [String], _ environment: [String: String]) async -> Int32 {
        // A reader that went away is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            switch try Configuration.read(arguments: arguments, environment: environment, readFile: contents) {
            case .help: StandardStreams.output(Help.text)
            case .version: StandardStreams.output(Help.version)
            case .run(let configuration): return await run(configuration, environment)
            }
            return ExitCode.ok
        } catch {
            for line in error.lines { StandardStreams.error(line) }
            for line in error.warnings { StandardStreams.error("warning: \(line)") }
            return ExitCode.wrongConfiguration
        }
    }

    private static func run(_ configuration: Configuration, _ environment: [String: String]) async -> Int32 {
        configuration.log.bootstrap()
        let log = Logger(label: "saga-receiver")
        for warning in configuration.warnings { log.warning("\(warning)") }
        do {
            try await Wiring(configuration: configuration, environment: environment, log: log).run()
            return ExitCode.ok
        } catch let error as StoreError {
            log.error("\(error.message)")
        } catch let error as IOError {
            log.error("\(sentence(error, configuration.listen))")
        } catch is SocketAddressError.UnknownHost {
            log.error("cannot listen on \(configuration.listen.host): this name has no address; correct SAGA_LISTEN")
        } catch {
            log.error("the receiver cannot run", metadata: ["error": "\(error)"])
        }
        return ExitCode.unusable
    }

    private static func sentence(_ error: IOError, _ listen: ListenAddress) -> String {
        let place = "cannot listen on \(listen.host):\(listen.port)"
        switch error.errnoCode {
        case EADDRINUSE:
            return "\(place): the port is in use by another process; stop it, or set SAGA_LISTEN to another port"
        case EACCES: return "\(place): this user may not take that port; set SAGA_LISTEN to one above 1023"
        case EADDRNOTAVAIL: return "\(place): this machine has no such address; set SAGA_LISTEN to one it has"
        default: return "\(place): \(error)"
        }
    }

    private static func contents(of path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
