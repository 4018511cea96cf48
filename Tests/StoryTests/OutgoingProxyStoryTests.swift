import SagaCore
import TestSupport
import Testing

/// Programs behind a company's proxy, which the environment names.
@Suite(.timeLimit(.minutes(1))) struct OutgoingProxyStoryTests {
    @Test func whatIsCalledGoesThroughTheProxyButForWhatIsExempt() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let reply = #"{"sagas": [], "next_cursor": null}"#
                try await withLoopbackServer({ _ in .json(reply) }) { proxy in
                    var environment = ["SAGA_TOKEN": Receiver.token, "http_proxy": proxy.url]
                    // No such host, so only the proxy can have answered.
                    let list = ["list", "--output", "json", "--server"]
                    let through = try await Programs.run(
                        "saga", list + ["http://saga.invalid"], environment, in: folder)
                    #expect(through.exitCode == 0, "\(through.errors)")
                    #expect(proxy.requests.map(\.path) == ["/api/v1/sagas"])

                    environment["NO_PROXY"] = "127.0.0.1"
                    let past = try await Programs.run("saga", list + [receiver.url], environment, in: folder)
                    #expect(past.exitCode == 0, "\(past.errors)")
                    #expect(proxy.requests.count == 1, "it was not asked again")
                }
            }
        }
    }
}
