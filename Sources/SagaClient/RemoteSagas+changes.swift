import HTTPTransport

extension RemoteSagas {
    /// Longer than the receiver ever keeps silent.
    private static let silence: Duration = .seconds(45)
    private static let pause: Duration = .seconds(5)

    /// Rings with each event of the saga's event stream, which is joined again when it breaks.
    package func changes(of id: String) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let listening = Task {
                await listen(to: id) { continuation.yield() }
                continuation.finish()
            }
            continuation.onTermination = { _ in listening.cancel() }
        }
    }

    /// Returns where there is no such stream: an older receiver, or a proxy that does not let it through.
    private func listen(to id: String, ring: @Sendable () -> Void) async {
        var request = HTTPRequest("GET", server + path(id, "events"), headers: ["Accept": "text/event-stream"])
        if let token { request.headers["Authorization"] = "Bearer " + token }
        request.silence = Self.silence
        repeat {
            do {
                let stream = try await http.stream(request)
                guard stream.status == 200, stream.headers["Content-Type"]?.hasPrefix("text/event-stream") == true
                else { return }
                // What an event says is read from the API, which cannot miss any.
                for try await _ in stream.body { ring() }
            } catch {
                // Whoever follows asks at intervals too, and learns there what is wrong.
            }
        } while (try? await Task.sleep(for: Self.pause)) != nil
    }
}
