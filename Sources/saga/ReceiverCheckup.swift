import HTTPTransport
import SagaClient
import SagaCore

/// What `doctor` asks a receiver.
struct ReceiverCheckup {
    let server: String
    let token: String?
    let http: any HTTPClient
    let now: @Sendable () -> Moment

    func checks() async -> [Check] {
        let before = now()
        let live: HTTPResponse
        do throws(HTTPFailure) {
            live = try await send("GET", "/health")
        } catch {
            return [
                .fail(
                    "receiver", "could not reach \(server): \(error.message)",
                    cure: "check the address, and whether the receiver runs")
            ]
        }
        let after = now()
        guard live.status == 200, let json = try? JSONValue(parsing: live.body), json["status"] == "live" else {
            return [
                .fail(
                    "receiver", "\(server)/health answered \(live.status), not as a saga receiver",
                    cure: "give the receiver's own address")
            ]
        }
        let version = json["version"]?.stringValue ?? "unknown"
        var checks: [Check] = [
            version == Program.version
                ? .ok("receiver", "\(server) is live, version \(version)")
                : .warn(
                    "receiver", "\(server) has version \(version), this program \(Program.version)",
                    cure: "use programs of one version")
        ]
        checks.append(await readiness())
        checks += sources(json["sources"] ?? .null)
        checks += await circuits()
        checks += await ownStatus()
        if let date = live.headers.date { checks.append(Self.clock(date, between: before, and: after)) }
        return checks
    }

    private func send(_ method: String, _ path: String) async throws(HTTPFailure) -> HTTPResponse {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token { headers["Authorization"] = "Bearer " + token }
        return try await http.send(
            HTTPRequest(
                method, (server.hasSuffix("/") ? String(server.dropLast()) : server) + path, headers: headers,
                timeout: .seconds(10)))
    }

    private func readiness() async -> Check {
        do throws(HTTPFailure) {
            let answer = try await send("GET", "/health/ready")
            if answer.status == 200 { return .ok("ready", "it can work") }
            let detail = (try? JSONValue(parsing: answer.body))?["detail"]?.stringValue
            return .fail("ready", detail ?? "it answered \(answer.status)", cure: "look at the receiver's log")
        } catch {
            return .fail("ready", error.message, cure: "look at the receiver's log")
        }
    }

    /// The three ways by which news of pipelines come in.
    private func sources(_ sources: JSONValue) -> [Check] {
        let states = ["stream", "webhooks", "reconciler"].map { ($0, sources[$0]?["state"]?.stringValue ?? "off") }
        if states.allSatisfy({ $0.1 == "off" }) {
            return [
                .warn(
                    "sources", "nothing tells how pipelines end, but 'notify' and the API",
                    cure: "set SAGA_WOODPECKER_URL and SAGA_WOODPECKER_TOKEN, or a webhook's secret")
            ]
        }
        return states.map { name, state in
            let error = sources[name]?["last_error"]?.stringValue
            if name == "webhooks", let error, Self.isNewest(sources[name] ?? .null) {
                return .warn(
                    name, "the last delivery was refused: \(error)",
                    cure: "compare the secret there with SAGA_WEBHOOK_<SENDER>_SECRET of the receiver")
            }
            guard state == "disconnected" || state == "failing" else { return .ok(name, state) }
            return .warn(
                name, state + (error.map { ": \($0)" } ?? ""),
                cure:
                    "check SAGA_WOODPECKER_URL and SAGA_WOODPECKER_TOKEN of the receiver, and whether Woodpecker is up")
        }
    }

    /// Whether nothing has gone well since the last error.
    private static func isNewest(_ source: JSONValue) -> Bool {
        guard let error = SagaText.moment(source, "last_error_at") else { return false }
        return SagaText.moment(source, "last_event_at").map { $0 < error } ?? true
    }

    private func circuits() async -> [Check] {
        guard let answer = try? await send("GET", "/health/circuits"), let json = try? JSONValue(parsing: answer.body)
        else { return [] }
        return (json["circuits"]?.arrayValue ?? []).filter { $0["state"]?.stringValue != "closed" }.map { circuit in
            .warn(
                "circuit", "\(circuit["host"]?.text ?? "") is \(circuit["state"]?.text ?? "")",
                cure: "steps that call that host wait until it answers again")
        }
    }

    /// What the receiver tells those it knows: whose token it is, which senders may post, and whether Woodpecker takes
    /// the receiver's own token.
    private func ownStatus() async -> [Check] {
        let answer: HTTPResponse
        do throws(HTTPFailure) {
            answer = try await send("GET", "/api/v1/status")
        } catch {
            return [.fail("token", error.message, cure: "look at the receiver's log")]
        }
        let json = (try? JSONValue(parsing: answer.body)) ?? .null
        switch answer.status {
        case 200:
            return [
                Self.token(json["caller"] ?? .null), Self.senders(json), Self.woodpecker(json["woodpecker"] ?? .null),
            ]
        case 401:
            return [
                .fail(
                    "token", token == nil ? "there is none, and one is needed" : "it is not known there",
                    cure: "set SAGA_TOKEN to a token of the receiver's SAGA_TOKENS")
            ]
        case 403: return [.fail("token", json["detail"]?.text ?? "refused", cure: "check the address")]
        default:
            return [.fail("token", "the receiver answered \(answer.status)", cure: "look at the receiver's log")]
        }
    }

    private static func token(_ caller: JSONValue) -> Check {
        let name = caller["name"]?.text ?? ""
        switch caller["scope"]?.text ?? "" {
        case "operate", "admin": return .ok("token", "'\(name)' may look, start and operate")
        case let scope:
            return .warn(
                "token", "'\(name)' has the scope '\(scope)'" + (scope == "read" ? ": it may only look" : ""),
                cure: "for operations, use one with 'operate'")
        }
    }

    private static func senders(_ status: JSONValue) -> Check {
        let senders = (status["webhook_senders"]?.arrayValue ?? []).map(\.text)
        guard senders.isEmpty else { return .ok("senders", senders.joined(separator: ", ") + " have a secret") }
        let isRead = ["working", "idle"].contains(status["sources"]?["reconciler"]?["state"]?.text)
        return isRead
            ? .ok("senders", "none has a secret; pipelines are read from Woodpecker")
            : .warn(
                "senders", "none has a secret, so every webhook is refused",
                cure: "set SAGA_WEBHOOK_<SENDER>_SECRET of the receiver, such as SAGA_WEBHOOK_GITEA_SECRET")
    }

    private static func woodpecker(_ json: JSONValue) -> Check {
        // That of this program itself is called woodpecker.
        let name = "ci-token"
        let server = json["url"]?.stringValue ?? ""
        let error = json["error"]?.stringValue
        switch json["token"]?.text ?? "" {
        case "accepted": return .ok(name, "\(server) takes the receiver's token, as user \(json["user"]?.text ?? "")")
        case "refused":
            return .fail(
                name, error ?? "\(server) does not know the receiver's token",
                cure: "make a new token in Woodpecker's user settings and set SAGA_WOODPECKER_TOKEN")
        case "unknown":
            return .warn(
                name, error ?? "\(server) was not asked yet",
                cure: "check SAGA_WOODPECKER_URL of the receiver, and whether Woodpecker is up")
        default:
            return .warn(
                name, "the receiver has no Woodpecker token: pipelines can neither be started nor read",
                cure: "set SAGA_WOODPECKER_URL and SAGA_WOODPECKER_TOKEN of the receiver")
        }
    }

    /// The header has whole seconds.
    private static func clock(_ date: Moment, between before: Moment, and after: Moment) -> Check {
        let ahead = max(.zero, date - after)
        let behind = max(.zero, before - (date + .seconds(1)))
        let difference = max(ahead, behind)
        let message = "the receiver's is \(SagaText.short(difference)) \(ahead > behind ? "ahead" : "behind")"
        let cure = "set both clocks by NTP"
        if difference > .seconds(60) { return .fail("clock", message, cure: cure) }
        if difference > .seconds(5) { return .warn("clock", message, cure: cure) }
        return .ok("clock", "the receiver's agrees with this one")
    }
}
