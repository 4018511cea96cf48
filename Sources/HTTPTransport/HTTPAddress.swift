import CCurl

/// Where a URL leads, read by libcurl's own parser, so that a check of the host sees the host that is called.
package struct HTTPAddress: Hashable, Sendable {
    /// In lower case.
    package var scheme: String
    /// In lower case; an IPv6 address keeps its brackets.
    package var host: String
    /// Nil where it is the scheme's own.
    package var port: Int?

    /// Nil for what is no absolute http or https URL.
    package init?(_ url: String) {
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }), let parser = curl_url() else { return nil }
        defer { curl_url_cleanup(parser) }
        guard curl_url_set(parser, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parser)?.lowercased(), ["http", "https"].contains(scheme),
            let host = Self.part(CURLUPART_HOST, of: parser)?.lowercased(), !host.isEmpty
        else { return nil }
        self.scheme = scheme
        self.host = host
        let port = Self.part(CURLUPART_PORT, of: parser).flatMap { Int($0) }
        self.port = port == (scheme == "https" ? 443 : 80) ? nil : port
    }

    /// `host`, with `:port` unless it is the scheme's own: the key of circuits.
    package var hostAndPort: String {
        port.map { "\(host):\($0)" } ?? host
    }

    private static func part(_ part: CURLUPart, of parser: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parser, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
