package import SagaCore

extension Sagas {
    /// How many sagas one transaction looks at, so that nobody waits long behind it.
    private static var batch: Int { 50 }

    /// Has every open wait for a pipeline that is concerned read once, one repository after the other: for the time
    /// during which nothing was heard.
    ///
    /// - Parameter spacing: the time between the reads of one repository's waits and those of the next.
    /// - Returns: how many waits will be read.
    @discardableResult
    package func recheck(
        spacing: Duration, _ isConcerned: @escaping @Sendable (PipelineWait) -> Bool
    ) async throws -> Int {
        var places: [String: Int] = [:]
        var count = 0
        var last = ""
        while true {
            let after = last
            let ids = try await ledger.read { try $0.sagasWithWaits(after: after, limit: Self.batch) }
            guard let end = ids.last else { return count }
            last = end
            let known = places
            let now = moment
            (places, count) = try await ledger.write { [count] transaction in
                var (places, count) = (known, count)
                for id in ids {
                    for (step, repo) in try transaction.saga(id)?.awaitedRepos(isConcerned) ?? [] {
                        let place = places[repo] ?? places.count
                        places[repo] = place
                        guard let saga = try transaction.saga(id) else { continue }
                        do {
                            try transaction.apply(
                                .recheck(step: step, by: now + spacing * place), to: saga, Circumstances(now: now))
                            count += 1
                        } catch is Refusal {
                            // It is read sooner, or does not wait any more.
                        }
                    }
                }
                return (places, count)
            }
        }
    }
}

extension Sagas {
    /// What waits for a signal at the moment.
    package func awaited(by signal: Signal) async throws -> [PipelineWait] {
        try await ledger.read { reading in
            try reading.waits(for: signal.keys).compactMap { id, name in
                guard case .pipeline(let pipeline)? = try reading.saga(id)?.step(name)?.wait?.subject,
                    pipeline.accepts(signal)
                else { return nil }
                return pipeline
            }
        }
    }
}

extension Saga {
    fileprivate func awaitedRepos(_ isConcerned: (PipelineWait) -> Bool) -> [(step: String, repo: String)] {
        steps.compactMap { step in
            guard case .pipeline(let pipeline)? = step.wait?.subject, isConcerned(pipeline) else { return nil }
            return (step.name, pipeline.repo.lowercased())
        }
    }
}
