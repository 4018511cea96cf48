import SagaCore
import Testing

@Suite struct JSONPointerTests {
    private let value: JSONValue = [
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7, "deep": ["list": [["id": 5]], "01": "x"],
    ]

    @Test(
        "A pointer finds what RFC 6901 says",
        arguments: [
            ("/foo/0", "bar"), ("/foo/1", "baz"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/m~0n", 8), ("/ ", 7),
            ("/deep/list/0/id", 5), ("/deep/01", "x"), ("/foo/2", nil), ("/foo/-", nil), ("/foo/01", nil),
            ("/foo/", nil), ("/nope", nil), ("/foo/0/x", nil), ("/foo/99999999999999999999", nil),
        ] as [(String, JSONValue?)])
    func resolves(text: String, expected: JSONValue?) throws {
        #expect(try JSONPointer(text).resolve(in: value) == expected)
    }

    @Test func `The empty pointer is the whole value`() throws {
        #expect(try JSONPointer("").resolve(in: value) == value)
    }

    @Test(
        "A text that is no pointer is refused",
        arguments: [
            ("foo", JSONPointer.Problem.noSlash), ("$.a", .noSlash), ("/a~", .badEscape), ("/a~2b", .badEscape),
        ])
    func refuses(text: String, problem: JSONPointer.Problem) {
        #expect(throws: problem) { try JSONPointer(text) }
    }
}
