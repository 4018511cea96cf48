/// Addresses as people write them, made comparable: no case in scheme and host, no default port, no trailing slash.
package enum ServerAddress {
    package static func normalized(_ url: String) -> String {
        guard let schemeEnd = url.firstRange(of: "://") else { return trimmed(url.lowercased()) }
        let scheme = url[..<schemeEnd.lowerBound].lowercased()
        let rest = url[schemeEnd.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var host = rest[..<slash].lowercased()
        if let at = host.lastIndex(of: "@") { host = String(host[host.index(after: at)...]) }
        for (name, port) in [("http", ":80"), ("https", ":443")] where scheme == name && host.hasSuffix(port) {
            host.removeLast(port.count)
        }
        return scheme + "://" + host + trimmed(String(rest[slash...]))
    }

    package static func same(_ left: String, _ right: String) -> Bool {
        left == right || normalized(left) == normalized(right)
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
