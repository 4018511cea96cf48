import HTTPTransport
import Testing

/// A client for one test, with its thread stopped at the end.
func withClient<Answer>(
    _ options: CurlClient.Options = CurlClient.Options(), _ body: (CurlClient) async throws -> Answer
) async throws -> Answer {
    let client = CurlClient(userAgent: "woodpecker-saga/test", options: options)
    defer { client.close() }
    return try await body(client)
}

/// The failure of a request that must fail.
func problem(of client: some HTTPClient, _ request: HTTPRequest) async -> HTTPFailure? {
    do throws(HTTPFailure) {
        let response = try await client.send(request)
        Issue.record("answered \(response.status)")
        return nil
    } catch {
        return error
    }
}

/// Looks again and again, giving way to others, until it holds or the time is up.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > end { return false }
        await Task.yield()
    }
    return true
}
