import SagaActions
import SagaEngine
import ServiceLifecycle

/// Runs the engine from the moment the port is taken: a receiver that cannot listen must not touch any saga.
struct EngineService: Service {
    let engine: Engine
    let opened: AsyncStream<Void>

    func run() async throws {
        var isOpen = false
        for await _ in opened.cancelOnGracefulShutdown() {
            isOpen = true
            break
        }
        guard isOpen, !Task.isCancelled else { return }
        await engine.run()
        // Its end was asked for by `StopBell`; the group is told when it asks for it itself.
        try? await gracefulShutdown()
    }
}

/// Writes the changes of circuits into journals.
struct CircuitService: Service {
    let circuits: CircuitJournal

    func run() async throws {
        await withGracefulShutdownHandler {
            await circuits.run()
        } onGracefulShutdown: {
            circuits.close()
        }
    }
}

/// Tells everything at once that the receiver stops; the group itself stops one service after the other.
struct StopBell: Service {
    let ring: @Sendable () -> Void

    func run() async throws {
        // Cancelled, as when the port is taken, there is nothing to tell: all end at once.
        guard (try? await gracefulShutdown()) != nil else { return }
        ring()
    }
}
