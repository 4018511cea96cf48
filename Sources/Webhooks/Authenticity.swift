import Crypto
import FoundationEssentials

/// Comparisons with secrets, all in constant time.
enum Authenticity {
    /// Whether `hex` is the HMAC-SHA256 of `text`; anything but 64 hex digits is not.
    static func isSignature(_ hex: some StringProtocol, of text: [UInt8], secret: String) -> Bool {
        guard let code = bytes(hex: hex), code.count == SHA256.byteCount else { return false }
        return isCode(code, of: text, key: Array(secret.utf8))
    }

    /// Takes `sha256=` alone: the same header with `sha1=` is a forge's legacy.
    static func isPrefixedSignature(_ value: String, of text: [UInt8], secret: String) -> Bool {
        let prefix = "sha256="
        return value.hasPrefix(prefix) && isSignature(value.dropFirst(prefix.count), of: text, secret: secret)
    }

    static func isCode(_ code: [UInt8], of text: [UInt8], key: [UInt8]) -> Bool {
        guard !key.isEmpty else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: text, using: SymmetricKey(data: key))
    }

    /// Compares two tokens by their codes under a key of the moment, so that neither length nor prefix shows.
    static func isSameToken(_ given: some StringProtocol, _ secret: some StringProtocol) -> Bool {
        guard !given.isEmpty, !secret.isEmpty else { return false }
        let key = SymmetricKey(size: .bits256)
        let code = HMAC<SHA256>.authenticationCode(for: Array(given.utf8), using: key)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(secret.utf8), using: key)
    }

    /// An `Authorization` value without its `Bearer `, whatever that word's case.
    static func withoutBearer(_ value: String) -> String {
        let scheme = "bearer "
        return value.lowercased().hasPrefix(scheme) ? value.dropFirst(scheme.count).trimmingBlanks() : value
    }

    private static func bytes(hex: some StringProtocol) -> [UInt8]? {
        let digits = hex.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
