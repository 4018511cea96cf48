import HTTPTypes
import Hummingbird
import SagaCore
import SagaStore
import Synchronization
import Testing

@testable import saga_receiver

@Suite struct MetricsPageTests {
    @Test func everybodyMayReadIt() async throws {
        try await House.with { (house: House) async throws in
            _ = try await house.start(name: "first")
            _ = try await house.call(.post, "/webhooks/generic", "{", token: "geheimnis")
            _ = try await house.call(.post, "/webhooks/nobody", "{", token: "geheimnis")
            let answer = try await house.call(.get, "/metrics", token: nil)
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = Set(answer.text.split(separator: "\n"))
            for line in [
                #"saga_total{name="first",status="pending"} 1"#, #"saga_total{name="first",status="running"} 1"#,
                #"saga_total{name="first",status="failed"} 0"#, #"saga_active{status="running"} 1"#,
                #"saga_active{status="compensating"} 0"#, #"saga_waits{action="approval"} 0"#,
                #"saga_signals_total{source="generic",result="rejected"} 1"#, #"saga_source_up{source="webhooks"} 1"#,
                "saga_engine_up 1",
            ] {
                #expect(lines.contains(line[...]), "\(line)")
            }
            #expect(!answer.text.contains("nobody"))
            #expect(!answer.text.contains(#"source="stream""#), "it is off")
        }
    }

    @Test func namesThatUsersMakeUpAreCapped() async throws {
        try await House.with { (house: House) async throws in
            for number in 0..<103 { _ = try await house.start(name: "n\(number)") }
            let text = try await house.call(.get, "/metrics", token: nil).text
            #expect(text.contains(#"saga_total{name="n99",status="pending"} 1"#))
            #expect(!text.contains("n100"))
            #expect(text.contains(#"saga_total{name="other",status="pending"} 3"#))
        }
    }

    @Test func theStoreIsNotCountedForEachWhoAsks() async throws {
        let times = Mutex(0)
        let counter = StoreCounter {
            times.withLock { $0 += 1 }
            return StoreCounts(active: [.running: times.withLock { $0 }])
        }
        for _ in 0..<100 {
            let counts = await counter.counts()
            #expect(counts?.active[.running] ?? 0 >= 1)
        }
        // A slow machine may need more than a second for this.
        #expect(times.withLock { $0 } < 50)
    }
}
