import HTTPTransport
import SagaCore
import Testing

struct HTTPValuesTests {
    @Test("Header names have no case, and several values of one name are kept")
    func headers() {
        var headers = HTTPHeaders([("Set-Cookie", "a"), ("set-cookie", "b"), ("X", "1")])
        #expect(headers["SET-COOKIE"] == "a")
        #expect(headers.values("Set-Cookie") == ["a", "b"])
        headers["set-Cookie"] = "c"
        #expect(headers.values("Set-Cookie") == ["c"])
        headers["x"] = nil
        #expect(headers["X"] == nil)
    }

    @Test(
        "Retry-After is read in both of its forms",
        arguments: [
            ("120", Duration.seconds(120)), ("0", .zero), ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", .zero), ("-5", nil), ("soon", nil), ("", nil),
        ] as [(String, Duration?)])
    func retryAfter(text: String, expected: Duration?) throws {
        let now = try #require(Moment(rfc3339: "1994-11-06T08:49:00Z"))
        #expect(HTTPHeaders([("retry-after", text)]).retryAfter(now: now) == expected)
    }

    @Test(
        "Addresses name host and port the way circuits are keyed",
        arguments: [
            ("https://CI.Example.com/a?b", "ci.example.com"), ("https://ci.example.com:443", "ci.example.com"),
            ("http://ci.example.com:443/", "ci.example.com:443"), ("http://u:p@h:8080/x@y", "h:8080"),
            ("http://[::1]:8000/", "[::1]:8000"), ("ftp://h/", nil), ("h/x", nil), ("http://", nil),
            ("http://a b/", nil),
        ] as [(String, String?)])
    func addresses(url: String, expected: String?) {
        #expect(HTTPAddress(url)?.hostAndPort == expected)
    }
}
