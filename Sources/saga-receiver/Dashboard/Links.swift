/// Addresses of the receiver's own pages, as browsers reach them: a proxy may serve them below a path, which
/// SAGA_PUBLIC_URL names and the proxy takes away again.
struct Links: Hashable, Sendable {
    /// Empty, or a path without a slash at its end.
    let prefix: String

    init(publicURL: String? = nil) {
        guard let url = publicURL, let scheme = url.firstRange(of: "://") else {
            prefix = ""
            return
        }
        let path = url[scheme.upperBound...].drop { $0 != "/" }
        prefix = path.hasSuffix("/") ? String(path.dropLast()) : String(path)
    }

    /// - Parameter path: as the routes know it.
    func callAsFunction(_ path: String) -> String { prefix + path }

    func saga(_ id: String, step: String? = nil) -> String {
        self("/sagas/\(percentEncoded(id))") + (step.map { "#step-\($0)" } ?? "")
    }
}
