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
