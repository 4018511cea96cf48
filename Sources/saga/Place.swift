import ArgumentParser
import FoundationEssentials
import HTTPTransport
import SagaClient
import SagaCore
import SagaDefinitions
import SagaEngine
import SagaStore
import Telemetry

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

struct OutputOptions: ParsableArguments {
    @Option(help: "How to print the answer: text or json.")
    var output: OutputFormat = .text
}

/// Where the sagas are.
struct PlaceOptions: ParsableArguments {
    @Option(help: "The receiver's URL. Default: SAGA_SERVER. Its token is taken from SAGA_TOKEN.")
    var server: String?

    @Option(help: "A store file, instead of a receiver.")
    var store: String?

    @Option(name: .customLong("ca-file"), help: "PEM file with the certificates to trust.")
    var caFile: String?

    @Flag(name: .customLong("skip-verify"), help: "Accept any TLS certificate.")
    var skipVerify = false

    func validate() throws {
        if server != nil, store != nil { throw ValidationError("Give --server or --store, not both.") }
    }

    /// An environment variable that is not empty.
    static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The receiver's URL, if one was given.
    func checkedServer() throws -> String? {
        guard let server = server ?? Self.variable("SAGA_SERVER") else { return nil }
        guard HTTPAddress(server) != nil else {
            throw ValidationError("The server must be an absolute http or https URL, not '\(server)'.")
        }
        return server
    }

    func client() -> CurlClient {
        CurlClient(
            userAgent: "saga/" + Program.version, options: .init(caFile: caFile, skipVerify: skipVerify),
            environment: ProcessInfo.processInfo.environment)
    }

    /// Opens the place, asks it, and closes it again.
    ///
    /// - Parameter file: what problems of a definition are prefixed with.
    func ask<Answer>(
        about file: String? = nil,
        _ question: (any SagaDesk) async throws(DeskFailure) -> Answer
    ) async throws -> Answer {
        do {
            if let store {
                let user = Self.variable("USER") ?? Self.variable("LOGNAME")
                return try await ask(store: store, by: user, question)
            }
            guard let server = try checkedServer() else {
                throw ValidationError("Say where the sagas are: --server URL (or SAGA_SERVER), or --store FILE.")
            }
            // A person waits at the terminal, and can ask again.
            return try await question(
                RemoteSagas(
                    server: server, token: Self.variable("SAGA_TOKEN"), http: client(), patience: .seconds(2)))
        } catch let failure as DeskFailure {
            throw Ending(failure, file: file)
        }
    }

    var isStore: Bool { store != nil }

    private func ask<Answer>(
        store path: String, by user: String?, _ question: (any SagaDesk) async throws(DeskFailure) -> Answer
    ) async throws -> Answer {
        try await StoreOptions.with(path) { ledger in
            let desk = StoreSagas(
                Sagas(ledger: ledger, now: WallClock.now), actor: user ?? "saga",
                read: { try DefinitionReader.read($0).definition }
            ) {
                ($0 as? StoreError)?.message ?? "\($0)"
            }
            return try await question(desk)
        }
    }
}
