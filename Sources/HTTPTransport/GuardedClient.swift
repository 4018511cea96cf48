package import SagaCore

/// A client that asks the host's circuit before each request and tells it the result.
///
/// While the circuit is open, requests fail with `circuitOpen` and the moment from which to try again.
package struct GuardedClient: HTTPClient {
    private let client: any HTTPClient
    private let circuits: CircuitBreakers
    private let now: @Sendable () -> Moment

    package init(_ client: any HTTPClient, circuits: CircuitBreakers, now: @escaping @Sendable () -> Moment) {
        self.client = client
        self.circuits = circuits
        self.now = now
    }

    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let host = try admit(request)
        do throws(HTTPFailure) {
            let response = try await client.send(request)
            circuits.record(host, .success(response.status), now())
            return response
        } catch {
            circuits.record(host, .failure(error), now())
            throw error
        }
    }

    /// What breaks a stream after its head is no verdict on the host.
    package func stream(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPStream {
        let host = try admit(request)
        do throws(HTTPFailure) {
            let stream = try await client.stream(request)
            circuits.record(host, .success(stream.status), now())
            return stream
        } catch {
            circuits.record(host, .failure(error), now())
            throw error
        }
    }

    private func admit(_ request: HTTPRequest) throws(HTTPFailure) -> String {
        guard let host = HTTPAddress(request.url)?.hostAndPort else {
            throw .unsendable("The address of a request is no http or https URL.")
        }
        switch circuits.admit(host, now()) {
        case .go: return host
        case .deferred(let until):
            throw HTTPFailure(
                .circuitOpen, "\(host) failed repeatedly and is left alone until \(until).", mayHaveBeenSent: false,
                retryAt: until)
        }
    }
}
