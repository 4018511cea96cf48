import Logging
import SagaCore
import SagaStore
import ServiceLifecycle

/// Removes sagas some time after their end, and deliveries that nobody waits for any more.
struct Retention: Service {
    let ledger: SQLiteLedger
    /// How long ended sagas are kept; nil keeps them for ever.
    let length: Duration?
    let now: @Sendable () -> Moment
    let log: Logger

    private static let interval: Duration = .seconds(3600)
    /// A signal may come before the saga that waits for it; a week is beyond every sender's patience.
    private static let deliveryLength: Duration = .seconds(7 * 24 * 3600)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                do {
                    let now = now()
                    let removed = try await ledger.prune(
                        sagasEndedBefore: length.map { now + (.zero - $0) },
                        deliveriesBefore: now + (.zero - Self.deliveryLength))
                    if removed != (0, 0) {
                        log.info(
                            "what is old was removed",
                            metadata: ["sagas": "\(removed.sagas)", "deliveries": "\(removed.deliveries)"])
                    }
                } catch  where !Task.isCancelled {
                    log.warning("what is old could not be removed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: Self.interval)
            }
        }
    }
}
