/// One HTTP request as it came in: nothing decoded, nothing believed.
package struct Delivery: Sendable {
    package let sender: Sender
    package let body: [UInt8]
    private let headers: [String: String]

    /// Of a header that was sent twice, the first value counts: a later one may have been added on the way.
    package init(sender: Sender, headers: [(name: String, value: String)], body: [UInt8]) {
        self.sender = sender
        self.body = body
        var first: [String: String] = [:]
        for header in headers where first[header.name.lowercased()] == nil {
            first[header.name.lowercased()] = header.value
        }
        self.headers = first
    }

    /// A header's value without surrounding blanks, whatever the name's case; nil where it was not sent.
    package func header(_ name: String) -> String? {
        headers[name.lowercased()].map { $0.trimmingBlanks() }
    }

    /// The first of these headers that was sent with a value.
    func firstHeader(_ names: String...) -> String? {
        names.lazy.compactMap { header($0) }.first { !$0.isEmpty }
    }

    /// `Content-Type` in lower case, without its parameters.
    var mediaType: String {
        let type = header("content-type") ?? ""
        return String(type.prefix { $0 != ";" }).lowercased().trimmingBlanks()
    }

    /// No sender compresses what it posts; unpacking before the signature is checked would be an open door.
    var isEncoded: Bool {
        guard let encoding = header("content-encoding")?.lowercased() else { return false }
        return !["", "identity"].contains(encoding)
    }
}

extension StringProtocol {
    func trimmingBlanks() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        guard let start = firstIndex(where: { !isBlank($0) }), let end = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[start...end])
    }
}
