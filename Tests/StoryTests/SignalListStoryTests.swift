import SagaCore
import Testing

/// `saga signals`: what was heard, and what nobody waited for.
@Suite(.timeLimit(.minutes(2))) struct SignalListStoryTests {
    @Test(arguments: OperatorStoryTests.Place.allCases)
    func signalsAreListedPageByPage(place: OperatorStoryTests.Place) async throws {
        try await OperatorStoryTests.with(place) { desk in
            let id = try await desk.atGate()
            try await desk.done("approve", id, "gate")
            try await desk.receiver.wait(for: id, step: "pipe", toSay: "octo/app#9")
            for number in [7, 8, 9] {
                let told = try await desk.receiver.send(
                    "POST", "/api/v1/signals",
                    [
                        "kind": "pipeline", "server": "https://ci.example.com", "repo": "octo/app",
                        "number": .int(Int64(number)), "status": "running",
                    ])
                #expect(told.status == 202, "\(told.text)")
            }
            func numbers(_ result: Programs.Result) throws -> ([Int64?], JSONValue?) {
                #expect(result.exitCode == 0, "\(result.errors)")
                let json = try JSONValue(parsing: result.output)
                return (
                    json["signals"]?.arrayValue?.map { $0["signal"]?["number"]?.intValue } ?? [], json["next_cursor"]
                )
            }
            let (first, next) = try numbers(try await desk.saga("signals", "--limit", "2", "--output", "json"))
            #expect(first == [9, 8])
            let cursor = try #require(next?.stringValue)
            let (second, end) = try numbers(
                try await desk.saga("signals", "--limit", "2", "--cursor", cursor, "--output", "json"))
            #expect(second == [7] && end == .null)
            let text = try await desk.saga("signals")
            #expect(text.output.contains("octo/app#9") && text.output.contains("pipeline"), "\(text.output)")
            let (unmatched, _) = try numbers(try await desk.saga("signals", "--unmatched", "--output", "json"))
            let matched = try await desk.saga("signals", "--output", "json")
            let all = try JSONValue(parsing: matched.output)["signals"]?.arrayValue ?? []
            #expect(unmatched == [8, 7], "9 was waited for: \(all)")
            #expect(all.map { $0["matched"] } == [true, false, false])
            #expect(all.first?["source"] == "api")
        }
    }

    @Test func aReaderMayListThemAndABadQueryIsTold() async throws {
        try await Programs.withFolder { folder in
            try await Receiver.with(store: folder) { receiver in
                let path = "/api/v1/signals"
                let read = try await receiver.send("GET", path, token: Receiver.reader)
                #expect(read.status == 200 && read.json == ["signals": [], "next_cursor": .null], "\(read.text)")
                let nobody = try await receiver.send("GET", path, token: nil)
                #expect(nobody.status == 401)
                let bad = try await receiver.send("GET", path + "?unmatched=maybe&cursor=-1&limit=x&page=2")
                #expect(bad.status == 400 && bad.json["errors"]?.arrayValue?.count == 4, "\(bad.text)")
            }
        }
    }
}
