import Crypto
import HTTPTypes
import Hummingbird
import SagaCore
import Synchronization

/// Who is signed in. A browser holds a random id, never the token; a restart of the receiver signs everybody out.
final class Sessions: Sendable {
    private struct Session {
        var caller: Caller
        var expires: Moment
    }

    private struct State {
        /// By the hash of the id, so that what is compared is nothing that a caller can choose.
        var sessions: [SHA256Digest: Session] = [:]
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Moment
    private let key = SymmetricKey(size: .bits256)
    /// Whether browsers may send the cookie over TLS alone.
    let isSecure: Bool
    /// Where browsers send the cookies; the path that a proxy serves the receiver below, or all.
    private let path: String

    private static let length: Duration = .seconds(12 * 3600)
    /// More than that many, and the one that ends first makes room.
    static let capacity = 1000

    init(isSecure: Bool, path: String = "/", now: @escaping @Sendable () -> Moment) {
        self.isSecure = isSecure
        self.path = path
        self.now = now
    }

    /// - Returns: the id of a new session.
    func open(_ caller: Caller) -> String {
        let id = Self.randomID()
        let now = now()
        state.withLock { state in
            state.sessions = state.sessions.filter { $0.value.expires > now }
            while state.sessions.count >= Self.capacity,
                let oldest = state.sessions.min(by: { $0.value.expires < $1.value.expires })
            {
                state.sessions[oldest.key] = nil
            }
            state.sessions[Self.hash(id)] = Session(caller: caller, expires: now + Self.length)
        }
        return id
    }

    func close(_ id: String) {
        state.withLock { $0.sessions[Self.hash(id)] = nil }
    }

    func caller(_ id: String) -> Caller? {
        let now = now()
        return state.withLock { state in
            guard let session = state.sessions[Self.hash(id)], session.expires > now else { return nil }
            return session.caller
        }
    }

    func caller(of request: Request) -> Caller? {
        id(in: request).flatMap(caller)
    }

    // MARK: Forms

    /// What a form has to carry to be taken from whoever holds that id.
    func formCode(for id: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(id.utf8), using: key).map { Self.hex($0) }.joined()
    }

    /// Takes the same time for every wrong code.
    func isFormCode(_ code: String, for id: String) -> Bool {
        let wanted = Array(formCode(for: id).utf8)
        let given = Array(code.utf8)
        guard wanted.count == given.count else { return false }
        return zip(wanted, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: Cookies

    /// With `__Host-`, browsers hold that no other host and no plain connection has set it; that is for the whole host
    /// alone. With `__Secure-`, no plain connection has.
    var cookieName: String { !isSecure ? "saga" : path == "/" ? "__Host-saga" : "__Secure-saga" }

    func id(in request: Request) -> String? {
        cookie(cookieName, in: request)
    }

    func cookie(_ name: String, in request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for part in header.split(separator: ";") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2, pair[0] == name { return String(pair[1]) }
            }
        }
        return nil
    }

    func setCookie(_ name: String, _ value: String, seconds: Int) -> String {
        "\(name)=\(value); Path=\(path); HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
    }

    func cookie(for id: String) -> String {
        setCookie(cookieName, id, seconds: Int(Self.length.components.seconds))
    }

    var cookieRemoval: String { setCookie(cookieName, "", seconds: 0) }

    static func randomID() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { $0.map(hex).joined() }
    }

    private static func hash(_ id: String) -> SHA256Digest {
        SHA256.hash(data: Array(id.utf8))
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
