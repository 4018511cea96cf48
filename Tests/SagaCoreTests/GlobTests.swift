import SagaCore
import Testing

@Suite struct GlobTests {
    @Test(
        "A glob matches the whole text or nothing",
        arguments: [
            ("", "", true), ("", "a", false), ("*", "", true), ("*", "anything", true), ("?", "", false),
            ("?", "ü", true), ("??", "a", false), ("staging", "staging", true), ("staging", "staging2", false),
            ("release/*", "release/1.2", true), ("release/*", "release", false),
            ("*.example.com", "a.b.example.com", true),
            ("*a*b*c", "xxaxxbxxc", true), ("*a*b*c", "xxaxxcxxb", false), ("v?.*", "v1.0", true), ("a**b", "ab", true),
            ("[ab]", "a", false), ("[ab]", "[ab]", true), ("a.c", "abc", false), ("Staging", "staging", false),
        ])
    func matches(pattern: String, text: String, expected: Bool) {
        #expect(Glob(pattern).matches(text) == expected)
    }

    @Test func `Many stars over a long text end soon`() {
        let pattern = String(repeating: "a*", count: 500) + "b"
        #expect(!Glob(pattern).matches(String(repeating: "a", count: 5000)))
    }
}
