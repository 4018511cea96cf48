import HTTPTypes
import Hummingbird

/// One line of the table of routes.
struct Route: Sendable {
    enum Access: Hashable, Sendable {
        case open
        case scope(Scope)
        /// The handler checks the sender's signature.
        case signature
    }

    typealias Handler = @Sendable (Call) async throws -> Response

    var method: HTTPRequest.Method
    /// Segments; one in braces is a parameter.
    var path: [String]
    var access: Access
    var handle: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, _ handle: @escaping Handler) {
        self.method = method
        self.path = path.split(separator: "/").map(String.init)
        self.access = access
        self.handle = handle
    }

    /// The parameters where the segments fit this route's path; nil where they do not.
    func parameters(in segments: [String]) -> [String: String]? {
        guard segments.count == path.count else { return nil }
        var parameters: [String: String] = [:]
        for (pattern, segment) in zip(path, segments) {
            if pattern.hasPrefix("{"), pattern.hasSuffix("}") {
                parameters[String(pattern.dropFirst().dropLast())] = segment
            } else if pattern != segment {
                return nil
            }
        }
        return parameters
    }
}

/// All routes. The first one that fits is taken.
struct RouteTable: Sendable {
    enum Match {
        case found(Route, parameters: [String: String])
        /// The path is there, but not for this method.
        case otherMethod(allowed: [HTTPRequest.Method])
        case unknown
    }

    var routes: [Route]

    func match(_ method: HTTPRequest.Method, _ segments: [String]) -> Match {
        // HEAD is a GET whose body is left out on the way.
        let wanted = method == .head ? .get : method
        var allowed: [HTTPRequest.Method] = []
        for route in routes {
            guard let parameters = route.parameters(in: segments) else { continue }
            if route.method == wanted { return .found(route, parameters: parameters) }
            allowed.append(route.method)
        }
        guard !allowed.isEmpty else { return .unknown }
        if allowed.contains(.get) { allowed.append(.head) }
        return .otherMethod(allowed: Set(allowed).sorted { $0.rawValue < $1.rawValue })
    }
}
