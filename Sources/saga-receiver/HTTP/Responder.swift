import HTTPTypes
import Hummingbird
import Logging
import SagaCore
import SagaStore

/// Finds the route, lets the caller in, and makes every error a problem.
struct Responder: HTTPResponder {
    typealias Context = BasicRequestContext

    let routes: RouteTable
    let gate: Gate
    let log: Logger

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        try await response(to: request)
    }

    func response(to request: Request) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await answer(request)
        } catch let broken as BrokenBody {
            throw broken.cause
        } catch {
            response = problem(error, request)
        }
        secure(&response)
        log.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
                "status": .stringConvertible(response.status.code),
                "ms": .stringConvertible((ContinuousClock.now - start).inMilliseconds),
            ])
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ request: Request) async throws -> Response {
        guard let target = RequestTarget(request.head.path ?? "") else {
            throw ProblemDetails.badRequest("the request's path or query cannot be read")
        }
        switch routes.match(request.method, target.segments) {
        case .unknown:
            throw ProblemDetails.notFound("there is nothing at this path")
        case .otherMethod(let allowed):
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw ProblemDetails(
                .methodNotAllowed, "method-not-allowed", "this path takes \(names)", headers: [.allow: names])
        case .found(let route, let parameters):
            let caller: Caller
            switch route.access {
            case .open, .signature: caller = .unnamed
            case .scope(let scope): caller = try gate.admit(request, needs: scope)
            }
            let call = Call(
                request: request, target: target, parameters: parameters, caller: caller,
                description: route.description)
            // Those that take some look at them together with their values.
            if case .scope = route.access, route.description?.query.isEmpty == true { try Query(call).check() }
            return try await route.handle(call)
        }
    }

    private func problem(_ error: any Error, _ request: Request) -> Response {
        if let known = ProblemDetails(error) {
            if let error = error as? StoreError { log.error("\(error.message)") }
            return known.response
        }
        log.error(
            "a request failed in a way nobody foresaw",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "error": "\(error)",
            ])
        return ProblemDetails(
            .internalServerError, "internal-error", "something went wrong in the receiver; its log says what"
        ).response
    }

    private func secure(_ response: inout Response) {
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    }
}
