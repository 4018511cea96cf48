import SagaCore
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", "null"), (" [1, -2.5e3, true , \"a\\u00e9\\n\"] ", "[1,-2500.0,true,\"aé\\n\"]"),
        ("{\"b\":{},\"a\":[]}", "{\"a\":[],\"b\":{}}"), ("9223372036854775807", "9223372036854775807"),
        ("\"\\ud83d\\ude00\"", "\"😀\""), ("\"\\ud83d\"", "\"\u{FFFD}\""),
    ])
    func textIsReadAndPrinted(text: String, printed: String) throws {
        #expect(try JSONValue(parsing: text).json == printed)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "+1", "nul", "\"a", "\"\t\"", "[1] 2", "{\"a\":1,\"a\":2}", "1e999",
        "\"\\x\"", "\"\\u12\"", "'a'",
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONValue.Unreadable.self) { try JSONValue(parsing: text) }
    }

    @Test(arguments: [
        ("9007199254740992.0", 9_007_199_254_740_992), ("-1e3", -1000), ("9223372036854775807", Int64.max),
        // As doubles these are whole, but not the numbers that were written.
        ("-9223372036854775809", nil), ("9223372036854775807.0", nil), ("0.5", nil),
    ])
    func aWholeNumberIsOneThatIsExact(text: String, number: Int64?) throws {
        #expect(try JSONValue(parsing: text).intValue == number)
    }

    @Test func depthIsBounded() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONValue.Unreadable.self) { try JSONValue(parsing: deep) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONValue.Unreadable.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func prettyPrintingReadsBackTheSame() throws {
        let value: JSONValue = ["a": [1, ["b": .null]], "c": "x\"y", "d": [], "e": .double(0.5)]
        #expect(try JSONValue(parsing: value.prettyJSON) == value)
        #expect(try JSONValue(parsing: value.json) == value)
    }
}
