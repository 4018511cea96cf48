import HTTPTransport
import SagaCore
import Synchronization
import Testing

/// What a browser without scripts does: keeps cookies, follows redirects, sends forms as they stand in the page.
final class Browser: Sendable {
    struct Page {
        var status: Int
        var text: String
        var path: String
        var headers: HTTPHeaders

        /// The value of a hidden field.
        func field(_ name: String) -> String? {
            guard let start = text.firstRange(of: "name=\"\(name)\" value=\"")?.upperBound else { return nil }
            return String(text[start...].prefix { $0 != "\"" })
        }

        /// All addresses from which a browser would load something, or to which it would send a form.
        var sources: [String] {
            ["src=\"", "<link rel=\"stylesheet\" href=\"", "<link rel=\"icon\" href=\"", "action=\""].flatMap { start in
                text.ranges(of: start).map { String(text[$0.upperBound...].prefix { $0 != "\"" }) }
            }
        }
    }

    private let receiver: Receiver
    /// What a proxy would take away from the paths in pages.
    private let prefix: String
    private let cookies = Mutex<[String: String]>([:])

    init(_ receiver: Receiver, prefix: String = "") {
        self.receiver = receiver
        self.prefix = prefix
    }

    var cookieHeader: String {
        cookies.withLock { $0.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "; ") }
    }

    func get(_ path: String) async throws -> Page {
        try await send("GET", path, nil, [:])
    }

    /// Sends a form, by default with the code of the page at the same path, as a browser would.
    func post(
        _ path: String, _ fields: [(String, String)] = [], code: String?, origin: String? = nil
    ) async throws -> Page {
        let all = fields + (code.map { [("form_code", $0)] } ?? [])
        let body = all.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&")
        return try await send(
            "POST", path, Array(body.utf8),
            ["Content-Type": "application/x-www-form-urlencoded", "Origin": origin ?? receiver.url])
    }

    @discardableResult
    func signIn(_ token: String) async throws -> Page {
        let page = try await get("/sign-in")
        return try await post("/sign-in", [("token", token), ("to", "/")], code: page.field("form_code"))
    }

    private func send(
        _ method: String, _ path: String, _ body: [UInt8]?, _ more: HTTPHeaders, hops: Int = 0
    ) async throws -> Page {
        var headers = more
        if !cookieHeader.isEmpty { headers["Cookie"] = cookieHeader }
        let response = try await receiver.http.send(
            HTTPRequest(method, receiver.url + path, headers: headers, body: body))
        for cookie in response.headers.values("Set-Cookie") {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            cookies.withLock { $0[String(pair[0])] = pair[1].isEmpty ? nil : String(pair[1]) }
        }
        if response.status == 303, hops < 5, let place = response.headers["Location"] {
            let target = String(place.dropFirst(place.hasPrefix(prefix) ? prefix.count : 0).prefix { $0 != "#" })
            return try await send("GET", target, nil, [:], hops: hops + 1)
        }
        return Page(status: response.status, text: response.text, path: path, headers: response.headers)
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
