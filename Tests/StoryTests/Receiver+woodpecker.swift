import TestSupport

extension Receiver {
    /// Runs the body beside a Woodpecker server with the repository octo/app, and a receiver that knows its token.
    ///
    /// Pipelines know the server as https://ci.example.com, as `PluginStep` says.
    static func withWoodpecker(
        _ more: [String: String] = [:], prefix: String = "/ci",
        _ body: @Sendable (Receiver, FakeWoodpecker, _ folder: String) async throws -> Void
    ) async throws {
        try await withFakeWoodpecker(prefix: prefix) { fake in
            fake.addRepo("octo/app")
            try await Programs.withFolder { folder in
                try await Receiver.with(store: folder, woodpecker(fake).merging(more) { $1 }) { receiver in
                    try await body(receiver, fake, folder)
                }
            }
        }
    }

    static func woodpecker(_ fake: FakeWoodpecker) -> [String: String] {
        [
            "SAGA_WOODPECKER_URL": fake.url, "SAGA_WOODPECKER_PUBLIC_URL": "https://ci.example.com",
            "SAGA_WOODPECKER_TOKEN": "t0ken", "SAGA_RECONCILE_INTERVAL": "1s",
        ]
    }
}
