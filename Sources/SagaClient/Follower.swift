package import SagaCore

/// Watches one saga, tells each change, and returns when it is over or nobody waits any more.
package struct Follower: Sendable {
    package enum Result: Sendable {
        /// The saga in its last status.
        case ended(JSONValue)
        case timedOut
        /// Somebody asked this process to stop.
        case stopped
        case lost(DeskFailure)
    }

    let desk: any SagaDesk
    let id: String
    /// Entries of the journal up to this one were told before.
    let after: Int64
    let interval: Duration
    private let tell: @Sendable (JSONValue, String?) -> Void
    private let show: @Sendable (JSONValue) -> Void

    /// - Parameters:
    ///   - after: entries of the journal up to this one were told before.
    ///   - interval: how often the desk is asked where nothing rings.
    ///   - show: gets the saga each time it was read, before the entries that are new.
    ///   - tell: gets every further entry of the journal, each once and in order, and its line where it is worth one.
    package init(
        desk: any SagaDesk, id: String, after: Int64, interval: Duration,
        show: @escaping @Sendable (JSONValue) -> Void = { _ in },
        tell: @escaping @Sendable (JSONValue, String?) -> Void
    ) {
        self.desk = desk
        self.id = id
        self.after = after
        self.interval = interval
        self.show = show
        self.tell = tell
    }

    package func follow(atMost limit: Duration, until stop: AsyncStream<Void>) async -> Result {
        await withTaskGroup(of: Result?.self) { group in
            let (ticks, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            group.addTask {
                for await _ in desk.changes(of: id) { bell.yield() }
                return nil
            }
            group.addTask {
                // The other bells are quicker; this one is sure.
                repeat { bell.yield() } while (try? await Task.sleep(for: interval)) != nil
                return nil
            }
            group.addTask { await watch(ticks) }
            group.addTask {
                (try? await Task.sleep(for: limit)) == nil ? nil : .timedOut
            }
            group.addTask {
                for await _ in stop { return .stopped }
                return nil
            }
            var result: Result?
            while result == nil, let answer = await group.next() { result = answer }
            group.cancelAll()
            return result ?? .stopped
        }
    }

    private func watch(_ ticks: AsyncStream<Void>) async -> Result? {
        var last = after
        var progress: Progress?
        for await _ in ticks {
            do throws(DeskFailure) {
                // The saga first: once it is over, the journal that is read after it is complete.
                let saga = try await desk.saga(id)
                show(saga)
                var lines = progress ?? Progress(steps: SagaText.stepNames(saga))
                for entry in try await desk.wholeJournal(of: id, after: last) {
                    tell(entry, lines.line(entry))
                    last = max(last, entry["id"]?.intValue ?? last)
                }
                progress = lines
                if SagaText.isOver(saga) { return .ended(saga) }
            } catch {
                if Task.isCancelled { return nil }
                return .lost(error)
            }
        }
        return nil
    }
}

extension SagaText {
    static func stepNames(_ saga: JSONValue) -> [String] {
        saga["steps"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    /// A status that a newer receiver may have and this program does not know is not taken for an end.
    static func isOver(_ saga: JSONValue) -> Bool {
        saga["status"]?.stringValue.flatMap(SagaStatus.init(rawValue:))?.isTerminal ?? false
    }
}
