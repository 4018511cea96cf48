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
    /// What the OpenAPI document says of it; nil for what is no part of the API.
    var description: RouteDescription?
    var handle: Handler

    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, _ description: RouteDescription?,
        _ handle: @escaping Handler
    ) {
        self.method = method
        self.path = path.split(separator: "/").map(String.init)
        self.access = access
        self.description = description
        self.handle = handle
    }

    /// A route that is no part of the API.
    init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, _ handle: @escaping Handler) {
        self.init(method, path, access, nil, handle)
    }

    var parameterNames: [String] { path.compactMap(Self.parameterName) }

    private static func parameterName(_ pattern: String) -> String? {
        pattern.hasPrefix("{") && pattern.hasSuffix("}") ? String(pattern.dropFirst().dropLast()) : nil
    }

    /// The parameters where the segments fit this route's path; nil where they do not.
    func parameters(in segments: [String]) -> [String: String]? {
        guard segments.count == path.count else { return nil }
        var parameters: [String: String] = [:]
        for (pattern, segment) in zip(path, segments) {
            if let name = Self.parameterName(pattern) {
                parameters[name] = segment
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
