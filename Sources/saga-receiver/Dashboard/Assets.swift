import Crypto
import HTTPTypes
import Hummingbird

/// The files beside the pages, which are part of the program.
struct Asset: Sendable {
    var name: String
    var type: String
    var text: String
    /// Changes with the text.
    var tag: String

    init(_ name: String, _ type: String, _ text: String) {
        self.name = name
        self.type = type
        self.text = text
        tag = "\"" + SHA256.hash(data: Array(text.utf8)).prefix(8).map { String($0, radix: 16) }.joined() + "\""
    }

    static let all = [
        Asset("app.css", "text/css; charset=utf-8", stylesheet),
        Asset("app.js", "text/javascript; charset=utf-8", script),
        Asset(
            "icon.svg", "image/svg+xml",
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" \
            fill="#1f6f5c"/><path d="M6 7h7a4 4 0 0 1 0 8H9m3-3-3 3 3 3" fill="none" stroke="#fff" stroke-width="2" \
            stroke-linecap="round" stroke-linejoin="round"/></svg>
            """),
    ]
}

extension Dashboard {
    var assetRoutes: [Route] {
        Asset.all.map { asset in
            Route(.get, "/assets/\(asset.name)", .open) { call in
                // Browsers ask each time and get the text only when it has changed.
                let headers: HTTPFields = [
                    .contentType: asset.type, .eTag: asset.tag, .cacheControl: "no-cache",
                    .contentSecurityPolicy: "default-src 'none'",
                ]
                if call.header(.ifNoneMatch)?.contains(asset.tag) == true {
                    return Response(status: .notModified, headers: headers)
                }
                return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: asset.text)))
            }
        }
    }
}
